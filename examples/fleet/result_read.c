/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Reads, checks and joins results that result_print_json() wrote. Members that are not needed, such
 * as figures, are skipped; figures are computed again from the samples. */
#include "result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/json_object.h"
#include "common/text.h"

enum { NAME_CAP = 32, TEXT_CAP = 4096 };

struct reader {
    const char *path;
    const char *text, *at, *end;
    const char *expected; /* expected text at the first fault; NULL: no fault */
    bool has_no_memory;
};

static bool fail(struct reader *reader, const char *expected)
{
    if (!reader->expected)
        reader->expected = expected;
    reader->end = reader->at; /* read nothing after a fault */
    return false;
}

static bool check_memory(struct reader *reader, bool has_memory)
{
    reader->has_no_memory |= !has_memory;
    return has_memory || fail(reader, "memory");
}

static char peek(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at))
        reader->at++;
    return reader->at < reader->end ? *reader->at : '\0';
}

static bool accept(struct reader *reader, char c)
{
    bool is_there = peek(reader) == c && reader->at < reader->end;
    reader->at += is_there;
    return is_there;
}

/* Read the four digits of a \u; this program writes only those below U+0080. */
static char read_escape(struct reader *reader)
{
    char c = reader->at < reader->end ? *reader->at++ : '\0';
    if (c == 'n' || c == 't' || c == 'r')
        return c == 'n' ? '\n' : c == 't' ? '\t' : '\r';
    if (c != 'u')
        return c;
    if (reader->end - reader->at < 4)
        return '?';
    int high = hex_byte(reader->at), low = hex_byte(reader->at + 2);
    reader->at += 4;
    return high == 0 && low > 0 && low < 0x80 ? (char)low : '?';
}

static bool read_text(struct reader *reader, char *text, size_t cap)
{
    size_t len = 0;
    if (!accept(reader, '"'))
        return fail(reader, "a text");
    while (reader->at < reader->end && *reader->at != '"') {
        char c = *reader->at++;
        if (c == '\\')
            c = read_escape(reader);
        if (len + 1 < cap)
            text[len++] = c;
    }
    text[len] = '\0';
    return accept(reader, '"') || fail(reader, "the end of a text");
}

static bool read_number(struct reader *reader, int64_t min, int64_t max, int64_t *number)
{
    char *end;
    char c = peek(reader);
    if (c != '-' && (c < '0' || c > '9'))
        return fail(reader, "a number");
    errno = 0;
    *number = strtoll(reader->at, &end, 10);
    if (errno || *number < min || *number > max || strchr(".eE", *end))
        return fail(reader, "a whole number in its range");
    reader->at = end;
    return true;
}

/* Skip a value, counting its brackets. */
static bool skip_value(struct reader *reader)
{
    char ignored[2];
    size_t depth = 0;
    do {
        char c = peek(reader);
        if (c == '\0')
            return fail(reader, "a value");
        if (c == '"') {
            if (!read_text(reader, ignored, sizeof ignored))
                return false;
        } else {
            depth += c == '{' || c == '[';
            depth -= depth > 0 && (c == '}' || c == ']');
            reader->at += c == '{' || c == '[' || c == '}' || c == ']' || c == ',' || c == ':';
            while (reader->at < reader->end && !strchr("{}[],:\" \t\r\n", *reader->at))
                reader->at++;
        }
    } while (depth > 0);
    return true;
}

/* Whether an array or object has another element after @p n. */
static bool has_next(struct reader *reader, char close, size_t n)
{
    if (reader->expected || accept(reader, close))
        return false;
    return n == 0 || accept(reader, ',') || fail(reader, "a comma");
}

static bool begin(struct reader *reader, char open)
{
    return accept(reader, open) ||
           fail(reader, open == '[' ? "the beginning of an array" : "the beginning of an object");
}

static bool read_name(struct reader *reader, char name[NAME_CAP])
{
    return read_text(reader, name, NAME_CAP) && (accept(reader, ':') || fail(reader, "a colon"));
}

static bool read_setting(struct reader *reader, struct record *record)
{
    char member[NAME_CAP], name[TEXT_CAP] = "", value[TEXT_CAP] = "";
    if (!begin(reader, '{'))
        return false;
    for (size_t n = 0; has_next(reader, '}', n) && read_name(reader, member); n++) {
        if (strcmp(member, "name") == 0)
            read_text(reader, name, sizeof name);
        else if (strcmp(member, "value") == 0)
            read_text(reader, value, sizeof value);
        else
            skip_value(reader);
    }
    return !reader->expected && check_memory(reader, record_add_setting(record, name, value));
}

static bool read_reason(struct reader *reader, struct record *record)
{
    char member[NAME_CAP];
    struct reason reason = {"", ""};
    if (!begin(reader, '{'))
        return false;
    for (size_t n = 0; has_next(reader, '}', n) && read_name(reader, member); n++) {
        if (strcmp(member, "status") == 0)
            read_text(reader, reason.status, sizeof reason.status);
        else if (strcmp(member, "message") == 0)
            read_text(reader, reason.message, sizeof reason.message);
        else
            skip_value(reader);
    }
    return !reader->expected &&
           check_memory(reader, record_reason(record, reason.status, reason.message) > 0);
}

static bool read_part(struct reader *reader, struct record *record)
{
    char member[NAME_CAP];
    int64_t shard = 0, n_shards = 0, n_phones = 0, aim = 0, n_done = 0, n_running = 0;
    int64_t start_ms = 0, elapsed_ms = 0, cpu_us = 0, idle = 0, end = 0, peak = 0, process = 0;
    const struct {
        const char *name;
        int64_t *value, max;
    } members[] = {
        {"shard", &shard, UINT32_MAX},
        {"n_shards", &n_shards, UINT32_MAX},
        {"n_phones", &n_phones, UINT32_MAX},
        {"aim", &aim, UINT32_MAX},
        {"n_done", &n_done, UINT32_MAX},
        {"n_running", &n_running, UINT32_MAX},
        {"start_ms", &start_ms, INT64_MAX / 4},
        {"elapsed_ms", &elapsed_ms, INT32_MAX},
        {"cpu_us", &cpu_us, INT64_MAX / 4},
        {"idle_bytes", &idle, INT64_MAX / 4},
        {"end_bytes", &end, INT64_MAX / 4},
        {"peak_bytes", &peak, INT64_MAX / 4},
        {"process_bytes", &process, INT64_MAX / 4},
    };
    enum { N_MEMBERS = sizeof members / sizeof members[0] };
    if (!begin(reader, '{'))
        return false;
    for (size_t n = 0; has_next(reader, '}', n) && read_name(reader, member); n++) {
        size_t i = 0;
        while (i < N_MEMBERS && strcmp(member, members[i].name) != 0)
            i++;
        if (i < N_MEMBERS)
            read_number(reader, 0, members[i].max, members[i].value);
        else
            skip_value(reader);
    }
    const struct part part = {
        .number = (uint32_t)shard,
        .n_parts = (uint32_t)n_shards,
        .n_phones = (uint32_t)n_phones,
        .aim = (uint32_t)aim,
        .n_done = (uint32_t)n_done,
        .n_running = (uint32_t)n_running,
        .start_ms = start_ms,
        .elapsed_ms = elapsed_ms,
        .cpu_us = cpu_us,
        .idle_bytes = (uint64_t)idle,
        .end_bytes = (uint64_t)end,
        .peak_bytes = (uint64_t)peak,
        .process_bytes = (uint64_t)process,
    };
    return !reader->expected && check_memory(reader, record_add_part(record, &part));
}

static bool begins_with(const char *text, const char *words)
{
    return strncmp(text, words, strlen(words)) == 0;
}

/* A note about the whole of this file may be false for the whole of all files. */
static bool read_limit(struct reader *reader, struct record *record)
{
    char text[TEXT_CAP];
    if (!read_text(reader, text, sizeof text))
        return false;
    return begins_with(text, NOTE_RULE) || begins_with(text, NOTE_SHARDS) ||
           check_memory(reader, record_add_note(record, text));
}

/* In the order of the columns, which result_json.c writes. */
static bool read_sample(struct reader *reader, struct record *record)
{
    enum { N_PLAIN = 9, N_COLUMNS = N_PLAIN + N_STAGES };
    static const int64_t plain_max[N_PLAIN] = {UINT32_MAX,  INT32_MAX,  INT64_MAX / 4, 999,      15,
                                               MAX_REASONS, UINT32_MAX, UINT32_MAX,    INT32_MAX};
    int64_t values[N_COLUMNS];
    size_t n = 0;
    if (!begin(reader, '['))
        return false;
    for (; has_next(reader, ']', n); n++)
        if (n == N_COLUMNS || !read_number(reader, n < N_PLAIN - 1 ? 0 : -1,
                                           n < N_PLAIN ? plain_max[n] : INT32_MAX, &values[n]))
            return fail(reader, "the numbers of a sample");
    if (n != N_COLUMNS)
        return fail(reader, "the numbers of a sample");
    struct sample sample = {
        .phone = (uint32_t)values[0],
        .end_ms = values[1],
        .bytes = (uint64_t)values[2],
        .code = (int32_t)values[3],
        .outcome = (uint32_t)values[4],
        .reason = (uint32_t)values[5],
        .flags = (uint32_t)values[6],
        .retry = (uint32_t)values[7],
        .gap_ms = (int32_t)values[8],
    };
    for (int i = 0; i < N_STAGES; i++)
        sample.stage_ms[i] = (int32_t)values[N_PLAIN + i];
    if (sample.reason > record->n_reasons)
        return fail(reader, "a reason of the array before");
    return check_memory(reader, record_add_sample(record, &sample));
}

static const struct {
    const char *name;
    bool (*read)(struct reader *reader, struct record *record);
} arrays[] = {
    {"settings", read_setting}, {"reasons", read_reason}, {"parts", read_part},
    {"limits", read_limit},     {"samples", read_sample},
};

enum { N_ARRAYS = sizeof arrays / sizeof arrays[0] };

static bool read_array(struct reader *reader, struct record *record, size_t number)
{
    if (!begin(reader, '['))
        return false;
    for (size_t n = 0; has_next(reader, ']', n);)
        n += arrays[number].read(reader, record);
    return !reader->expected;
}

static void read_member(struct reader *reader, struct record *record, const char *name)
{
    int64_t version;
    size_t i = 0;
    while (i < N_ARRAYS && strcmp(name, arrays[i].name) != 0)
        i++;
    if (strcmp(name, "version") == 0)
        read_number(reader, JSON_VERSION, JSON_VERSION, &version);
    else if (i < N_ARRAYS)
        read_array(reader, record, i);
    else
        skip_value(reader);
}

static void read_document(struct reader *reader, struct record *record)
{
    char name[NAME_CAP];
    if (!begin(reader, '{'))
        return;
    for (size_t n = 0; has_next(reader, '}', n) && read_name(reader, name); n++)
        read_member(reader, record, name);
    if (!reader->expected && record->n_parts == 0)
        fail(reader, "the member \"parts\" of provision-fleet --run");
}

/* Read a whole file, NUL-terminated; NULL with errno. */
static char *read_file(const char *path, size_t *len)
{
    enum { STEP = 1 << 20 };
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t n = 1;
    *len = 0;
    while (file && n > 0) {
        char *more = realloc(text, *len + STEP + 1);
        if (!more)
            break;
        text = more;
        n = fread(text + *len, 1, STEP, file);
        *len += n;
    }
    bool is_read = file && n == 0 && !ferror(file);
    if (file)
        fclose(file);
    if (is_read)
        text[*len] = '\0';
    else
        free(text);
    return is_read ? text : NULL;
}

int result_read(const char *path, struct record *record)
{
    size_t len;
    char *text = read_file(path, &len);
    *record = (struct record){.n_samples = 0};
    if (!text) {
        fprintf(stderr, "%s: %s: cannot read: %s\n", program_name, path, strerror(errno));
        return EXIT_MACHINE;
    }
    struct reader reader = {.path = path, .text = text, .at = text, .end = text + len};
    read_document(&reader, record);
    if (reader.expected)
        fprintf(stderr, "%s: %s: offset %zu: expected %s\n", program_name, path,
                (size_t)(reader.at - text), reader.expected);
    free(text);
    if (reader.has_no_memory)
        return EXIT_MACHINE;
    return reader.expected ? EXIT_FAILED : EXIT_OK;
}

static bool has_shard(const struct part *parts, size_t n, uint32_t number)
{
    size_t i = 0;
    while (i < n && parts[i].number != number)
        i++;
    return i < n;
}

static void begin_refusal(const char *path)
{
    fprintf(stderr, "%s: %s: expected ", program_name, path);
}

/* Whether a result may be joined with the previous ones: each shard of one run is in it once. */
static bool check_shards(const struct record *all, const struct record *other, const char *path)
{
    const uint32_t n_shards = (all->n_parts ? all : other)->parts[0].n_parts;
    for (size_t i = 0; i < other->n_parts; i++) {
        const struct part *part = &other->parts[i];
        if (part->n_parts != n_shards || part->number == 0 || part->number > n_shards) {
            begin_refusal(path);
            fprintf(stderr, "one of %" PRIu32 " shards, found shard %" PRIu32 " of %" PRIu32 "\n",
                    n_shards, part->number, part->n_parts);
            return false;
        }
        if (has_shard(all->parts, all->n_parts, part->number) ||
            has_shard(other->parts, i, part->number)) {
            begin_refusal(path);
            fprintf(stderr, "each shard once, found shard %" PRIu32 " again\n", part->number);
            return false;
        }
    }
    for (size_t i = 0; i < other->n_samples; i++) {
        uint32_t number = other->samples[i].phone % n_shards + 1;
        if (has_shard(other->parts, other->n_parts, number))
            continue;
        begin_refusal(path);
        fprintf(stderr, "phones of its shards only, found phone %" PRIu32 " of shard %" PRIu32 "\n",
                other->samples[i].phone, number);
        return false;
    }
    return true;
}

static int join(struct record *all, const struct record *other, const char *path)
{
    if (all->n_parts && !record_has_settings_of(all, other)) {
        begin_refusal(path);
        fputs("the settings of the files before, found others\n", stderr);
        return EXIT_FAILED;
    }
    if (!check_shards(all, other, path))
        return EXIT_FAILED;
    bool has_memory = true;
    for (size_t i = 0; i < other->n_settings && all->n_parts == 0 && has_memory; i++)
        has_memory = record_add_setting(all, other->settings[i].name, other->settings[i].value);
    if (has_memory && record_join(all, other))
        return EXIT_OK;
    perror(program_name);
    return EXIT_MACHINE;
}

/* Name the first missing shards, and count the others. */
static bool report_missing(struct record *record)
{
    enum { MAX_NAMED = 20 };
    char text[TEXT_CAP];
    uint32_t n_shards = record->n_parts ? record->parts[0].n_parts : 0;
    if (record->n_parts >= n_shards)
        return true;
    record->n_missing = n_shards - record->n_parts;
    size_t n_named = record->n_missing < MAX_NAMED ? record->n_missing : MAX_NAMED, n = 0;
    int len = snprintf(text, sizeof text,
                       NOTE_SHARDS "%zu of %" PRIu32 " were merged; missing: ", record->n_parts,
                       n_shards);
    for (uint32_t number = 1; n < n_named; number++)
        if (!has_shard(record->parts, record->n_parts, number))
            len += snprintf(text + len, sizeof text - (size_t)len, "%s%" PRIu32, n++ ? ", " : "",
                            number);
    if (n < record->n_missing)
        snprintf(text + len, sizeof text - (size_t)len, " and %zu others", record->n_missing - n);
    fprintf(stderr, "%s: %s\n", program_name, text);
    return record_add_note(record, text);
}

int result_merge(const struct command_words *files, struct record *record)
{
    int status = EXIT_OK;
    for (size_t i = 0; i < files->n && status == EXIT_OK; i++) {
        struct record other;
        status = result_read(files->all[i], &other);
        if (status == EXIT_OK)
            status = join(record, &other, files->all[i]);
        record_free(&other);
    }
    if (status == EXIT_OK && !report_missing(record))
        status = EXIT_MACHINE;
    return status;
}
