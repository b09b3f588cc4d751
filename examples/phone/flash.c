/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "flash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"

#include "replace.h"

enum { LINE_CAP = FLASH_TEXT_CAP + 32, HEAD_LINES = 8 };

static const char *file_in(const struct flash *flash, const char *name, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s/%s", flash->folder, name);
    return buf;
}

const char *flash_path(const struct flash *flash, uint32_t number, char *buf, size_t cap)
{
    char name[FLASH_NAME_CAP];
    snprintf(name, sizeof name, "bank-%c", 'a' + (1 - (int)flash->running));
    if (number)
        snprintf(name + strlen(name), sizeof name - strlen(name), ".%u", (unsigned)number);
    return file_in(flash, name, buf, cap);
}

struct bank *flash_other(struct flash *flash)
{
    return &flash->banks[1 - flash->running];
}

const char *flash_version(const struct flash *flash)
{
    return flash->banks[flash->running].version;
}

/* Read a line: a word, a blank, and the rest. */
static void read_line(struct flash *flash, const char *line)
{
    size_t len = strcspn(line, " ");
    const char *value = line + len + (line[len] == ' ');
    unsigned i = line[0] == 'b';
    struct bank *bank = &flash->banks[i];
    const struct {
        const char *word;
        char *text; /* or … */
        bool *flag;
    } fields[] = {
        {"load", bank->load, NULL},
        {"version", bank->version, NULL},
        {"etag", bank->etag, NULL},
        {"complete", NULL, &bank->is_complete},
        {"bad", NULL, &bank->is_bad},
        {"tried", NULL, &flash->is_tried},
        {"testing", NULL, &flash->is_testing},
    };
    if (strcmp(line, "runs b") == 0)
        flash->running = 1;
    for (size_t j = 0; j < sizeof fields / sizeof fields[0]; j++) {
        if (len < 2 || strlen(fields[j].word) != len - 2 ||
            strncmp(line + 2, fields[j].word, len - 2) != 0)
            continue;
        if (fields[j].flag)
            *fields[j].flag = true;
        else
            snprintf(fields[j].text, FLASH_TEXT_CAP, "%s", value);
    }
}

static bool load(struct flash *flash)
{
    char path[FLASH_PATH_CAP], line[LINE_CAP];
    FILE *in = fopen(file_in(flash, "boot", path, sizeof path), "r");
    if (!in)
        return errno == ENOENT;
    while (fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        read_line(flash, line);
    }
    bool is_whole = !ferror(in);
    fclose(in);
    return is_whole;
}

static void write_bank(FILE *out, char letter, const struct bank *bank)
{
    fprintf(out, "%c.load %s\n%c.version %s\n%c.etag %s\n", letter, bank->load, letter,
            bank->version, letter, bank->etag);
    if (bank->is_complete)
        fprintf(out, "%c.complete\n", letter);
    if (bank->is_bad)
        fprintf(out, "%c.bad\n", letter);
}

bool flash_write(const struct flash *flash, const char *name, prov_str content)
{
    char path[FLASH_PATH_CAP];
    if (mkdir(flash->folder, 0777) != 0 && errno != EEXIST)
        return false;
    return replace_file(file_in(flash, name, path, sizeof path), content);
}

/* After a power cut, the file has the old choice or the new one. */
bool flash_save(const struct flash *flash)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return false;
    fprintf(out, "runs %c\n", 'a' + (int)flash->running);
    write_bank(out, 'a', &flash->banks[0]);
    write_bank(out, 'b', &flash->banks[1]);
    fputs(flash->is_tried ? "x.tried\n" : "", out);
    fputs(flash->is_testing ? "x.testing\n" : "", out);
    bool is_saved = fclose(out) == 0 && flash_write(flash, "boot", (prov_str){text, len});
    free(text);
    return is_saved;
}

bool flash_read_head(const char *path, const char *name, char *value, size_t cap)
{
    char line[LINE_CAP];
    size_t len = strlen(name);
    bool is_found = false;
    FILE *in = fopen(path, "r");
    for (int i = 0; in && i < HEAD_LINES && !is_found && fgets(line, sizeof line, in); i++) {
        line[strcspn(line, "\r\n")] = '\0';
        is_found = strncmp(line, name, len) == 0 && strncmp(line + len, ": ", 2) == 0;
        if (is_found)
            snprintf(value, cap, "%s", line + len + 2);
    }
    if (in)
        fclose(in);
    return is_found;
}

static bool image_boots(const struct flash *flash)
{
    char path[FLASH_PATH_CAP], boots[8];
    flash_path(flash, 0, path, sizeof path);
    return access(path, R_OK) == 0 &&
           !(flash_read_head(path, "Boots", boots, sizeof boots) && strcmp(boots, "no") == 0);
}

/* Boot the other bank, once. */
static void try_other(struct flash *flash, bool is_tested, char *note, size_t cap)
{
    struct bank *other = flash_other(flash);
    flash->is_tried = false;
    if (!image_boots(flash)) {
        other->is_bad = true;
        snprintf(note, cap, "boot loader: %s does not boot, the image before it stays",
                 other->load);
        return;
    }
    flash->running = 1 - flash->running;
    flash->is_testing = is_tested;
    snprintf(note, cap, "boot loader: %s boots", flash_version(flash));
}

static void fall_back(struct flash *flash, char *note, size_t cap)
{
    struct bank *bank = &flash->banks[flash->running];
    flash->is_testing = false;
    bank->is_bad = true;
    snprintf(note, cap, "boot loader: %s was not confirmed, the image before it boots", bank->load);
    flash->running = 1 - flash->running;
}

bool flash_boot(struct flash *flash, const char *store_path, bool is_tested, char *note, size_t cap)
{
    bool is_saved = true;
    *flash = (struct flash){.stream = NULL};
    note[0] = '\0';
    int len = snprintf(flash->folder, sizeof flash->folder, "%s.flash", store_path);
    bool is_short = len < 0 || (size_t)len >= sizeof flash->folder;
    errno = is_short ? ENAMETOOLONG : 0;
    bool is_read = !is_short && load(flash);
    if (is_read && flash->is_tried)
        try_other(flash, is_tested, note, cap);
    else if (is_read && flash->is_testing)
        fall_back(flash, note, cap);
    if (note[0])
        is_saved = flash_save(flash);
    if (!is_read || !is_saved)
        fprintf(stderr, "%s: %s: %s\n", program_name, flash->folder, strerror(errno));
    return is_read && is_saved;
}

bool flash_confirm(struct flash *flash)
{
    if (!flash->is_testing)
        return true;
    flash->is_testing = false;
    return flash_save(flash);
}
