/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Stands in for a fuzzing engine: feeds the target the empty input, then every file named on the
 * command line and every file of every folder named there.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int n_inputs;

static uint8_t *read_all(FILE *file, size_t *size)
{
    size_t cap = 4096;
    uint8_t *data = malloc(cap);
    *size = 0;
    while (data != NULL) {
        *size += fread(data + *size, 1, cap - *size, file);
        if (*size < cap)
            return data;
        cap *= 2;
        uint8_t *larger = realloc(data, cap);
        if (larger == NULL)
            free(data);
        data = larger;
    }
    return NULL;
}

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t size = 0;
    uint8_t *data = read_all(file, &size);
    fclose(file);
    if (data == NULL) {
        fprintf(stderr, "%s: out of memory\n", path);
        return 1;
    }
    /* A block of exactly the input's size, so that a sanitizer sees a read past its end. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) {
        free(data);
        return 1;
    }
    memcpy(exact, data, size);
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    n_inputs++;
    return 0;
}

static int replay_folder(const char *path, DIR *folder)
{
    int n_failed = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        char name[4096];
        int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (len < 0 || (size_t)len >= sizeof name) {
            fprintf(stderr, "%s: path too long\n", entry->d_name);
            n_failed++;
            continue;
        }
        n_failed += replay_file(name);
    }
    return n_failed;
}

static int replay(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return errno == ENOTDIR ? replay_file(path) : (perror(path), 1);
    int n_failed = replay_folder(path, folder);
    closedir(folder);
    return n_failed;
}

int main(int argc, char **argv)
{
    int n_failed = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        n_failed += replay(argv[i]);
    printf("%d inputs replayed\n", n_inputs);
    return n_failed > 0;
}
