/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "golden.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dials.h"

/* A failed assertion jumps out of the check: the case is printed before the next one or at exit. */
static char running[512];

static void tell_running(void)
{
    if (running[0] != '\0')
        fprintf(stderr, "golden case %s failed\n", running);
    running[0] = '\0';
}

static int is_case(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_case(const char *root, const char *name, golden_check check, void *ctx)
{
    struct golden golden;
    int len = snprintf(golden.folder, sizeof golden.folder, "%s/%s", root, name);
    if (len < 0 || (size_t)len >= sizeof golden.folder)
        test_die("golden: path too long: %s", name);
    golden.name = golden.folder + len - strlen(name);
    memcpy(running, golden.folder, sizeof running);
    check(ctx, &golden);
    running[0] = '\0';
}

size_t golden_run(const char *root, golden_check check, void *ctx)
{
    static bool is_registered;
    if (!is_registered)
        atexit(tell_running);
    is_registered = true;

    struct dirent **entries;
    int n = scandir(root, &entries, is_case, alphasort);
    if (n < 0)
        test_die("golden: cannot read %s", root);
    for (int i = 0; i < n; i++) {
        run_case(root, entries[i]->d_name, check, ctx);
        free(entries[i]);
    }
    free(entries);
    return (size_t)n;
}

uint8_t *golden_read(const struct golden *golden, const char *file, size_t *len)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", golden->folder, file);
    FILE *stream = fopen(path, "rb");
    *len = 0;
    if (stream == NULL)
        return NULL;
    if (fseek(stream, 0, SEEK_END) != 0)
        test_die("golden: cannot read %s", path);
    size_t size = (size_t)ftell(stream);
    rewind(stream);
    uint8_t *data = malloc(size + 1);
    if (data == NULL || fread(data, 1, size, stream) != size)
        test_die("golden: cannot read %s", path);
    fclose(stream);
    data[size] = '\0';
    *len = size;
    return data;
}

bool golden_option(const char *text, const char *name, char *value, size_t cap)
{
    size_t name_len = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        if (len > name_len && strncmp(line, name, name_len) == 0 && line[name_len] == ' ') {
            size_t value_len = len - name_len - 1;
            if (value_len >= cap)
                test_die("golden: value of %s too long", name);
            memcpy(value, line + name_len + 1, value_len);
            value[value_len] = '\0';
            return true;
        }
        line += len + (line[len] == '\n');
    }
    return false;
}
