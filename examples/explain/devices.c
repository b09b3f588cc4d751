/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#include "file.h"

enum { MAX_COLUMNS = 32 };

/* Position in a CSV file. */
struct csv {
    const char *path;
    char *next;
    unsigned line;        /* of the row, from 1 */
    unsigned lines_ahead; /* line ends within the row */
    const char *fields[MAX_COLUMNS];
    size_t n;
};

static int refuse(const struct csv *csv, const char *column, const char *words)
{
    char shown[64];
    fprintf(stderr, "%s: %s:%u: %s%s%s\n", program_name, csv->path, csv->line,
            text_clean(prov_str_from(column), shown, sizeof shown), column ? ": " : "", words);
    return EXIT_USAGE;
}

/* Read a quoted field, and remove its quotes in place. @return false when it is not closed. */
static bool read_quoted(struct csv *csv, char **end)
{
    char *to = csv->next, *from = csv->next + 1;
    for (; *from && (*from != '"' || from[1] == '"'); from++) {
        from += *from == '"';
        csv->lines_ahead += *from == '\n';
        *to++ = *from;
    }
    bool is_closed = *from == '"';
    *end = to;
    csv->next = from + is_closed;
    return is_closed;
}

/* @return EXIT_OK, with `n` 0 at the end of the file. */
static int read_row(struct csv *csv)
{
    csv->n = 0;
    csv->line += csv->lines_ahead;
    csv->lines_ahead = 0;
    for (bool goes_on = *csv->next != '\0'; goes_on;) {
        char *field = csv->next, *end;
        if (csv->n == MAX_COLUMNS)
            return refuse(csv, NULL, "expected at most 32 fields, found more");
        csv->fields[csv->n++] = field;
        if (*field == '"') {
            if (!read_quoted(csv, &end))
                return refuse(csv, NULL, "expected a closing quote, found the end of the file");
        } else {
            csv->next += strcspn(csv->next, ",\r\n");
            end = csv->next;
        }
        char delimiter = *csv->next;
        if (delimiter != '\0' && !strchr(",\r\n", delimiter))
            return refuse(csv, NULL, "expected a comma after a quoted field, found other text");
        csv->next += delimiter != '\0';
        if (delimiter == '\r' && *csv->next == '\n')
            csv->next++;
        *end = '\0';
        goes_on = delimiter == ',';
    }
    csv->lines_ahead++;
    return EXIT_OK;
}

static bool is_blank(const struct csv *csv)
{
    return csv->n == 1 && csv->fields[0][0] == '\0';
}

/* Read the device of a row. */
static int read_device(const struct csv *csv, const struct csv *columns, struct options *device)
{
    if (csv->n != columns->n)
        return refuse(csv, NULL,
                      "expected as many fields as the first line has, found another number");
    for (size_t i = 0; i < csv->n; i++) {
        const char *expected;
        if (csv->fields[i][0] == '\0')
            continue;
        if (!options_set(device, columns->fields[i], csv->fields[i], &expected)) {
            char words[256];
            snprintf(words, sizeof words, "expected %s", expected);
            return refuse(csv, columns->fields[i], words);
        }
    }
    options_complete(device);
    return EXIT_OK;
}

static int add_device(struct devices *devices, const struct options *options)
{
    struct options *all = realloc(devices->all, (devices->n + 1) * sizeof *all);
    if (all) {
        devices->all = all;
        if (options_copy(&all[devices->n++], options))
            return EXIT_OK;
    }
    perror(program_name);
    return EXIT_MACHINE;
}

static int read_rows(struct devices *devices, struct csv *csv, const struct options *options)
{
    int status = read_row(csv);
    const struct csv columns = *csv;
    for (size_t i = 0; status == EXIT_OK && i < columns.n; i++)
        if (!options_is_column(columns.fields[i]))
            return refuse(csv, columns.fields[i],
                          "expected an option of a device without its dashes, such as mac or rule");
    while (status == EXIT_OK) {
        status = read_row(csv);
        if (status != EXIT_OK || csv->n == 0)
            break;
        if (is_blank(csv))
            continue;
        status = add_device(devices, options);
        if (status == EXIT_OK)
            status = read_device(csv, &columns, &devices->all[devices->n - 1]);
    }
    if (status == EXIT_OK && devices->n == 0)
        return refuse(csv, NULL, "expected a device, found none");
    return status;
}

int devices_read(struct devices *devices, const struct options *options)
{
    *devices = (struct devices){.n = 0};
    if (!options->devices_path)
        return add_device(devices, options);
    size_t len;
    struct prov_error err = {0};
    devices->text = file_read(options->devices_path, &len, &err);
    struct csv csv = {.path = options->devices_path, .next = devices->text, .line = 1};
    return devices->text ? read_rows(devices, &csv, options) : print_failure(&err, EXIT_MACHINE);
}

void devices_free(struct devices *devices)
{
    for (size_t i = 0; i < devices->n; i++)
        options_free(&devices->all[i]);
    free(devices->all);
    free(devices->text);
}
