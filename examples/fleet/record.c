/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *words;
} stages[N_STAGES] = {
    [STAGE_WAIT] = {"wait", "wait"},       [STAGE_CONNECT] = {"connect", "connect"},
    [STAGE_TLS] = {"tls", "TLS"},          [STAGE_FIRST_BYTE] = {"first_byte", "first byte"},
    [STAGE_WHOLE] = {"whole", "whole"},    [STAGE_APPLIED] = {"applied", "applied"},
    [STAGE_RESYNC] = {"resync", "resync"},
};

const char *stage_name(enum stage stage)
{
    return stages[stage].name;
}

const char *stage_words(enum stage stage)
{
    return stages[stage].words;
}

void record_free(struct record *record)
{
    for (size_t i = 0; i < record->n_settings; i++) {
        free(record->settings[i].name);
        free(record->settings[i].value);
    }
    for (size_t i = 0; i < record->n_notes; i++)
        free(record->notes[i]);
    free(record->samples);
    free(record->reasons);
    free(record->parts);
    free(record->settings);
    free(record->notes);
    *record = (struct record){0};
}

bool record_add_sample(struct record *record, const struct sample *sample)
{
    if (record->n_samples == record->samples_cap) {
        size_t cap = record->samples_cap ? record->samples_cap * 2 : 1024;
        struct sample *samples = realloc(record->samples, cap * sizeof *samples);
        if (!samples)
            return false;
        record->samples = samples;
        record->samples_cap = cap;
    }
    record->samples[record->n_samples++] = *sample;
    return true;
}

/* Make room for one more element of a small array; NULL without memory, and @p all is unchanged. */
static void *make_room(void *all, size_t n, size_t size)
{
    return realloc(all, (n + 1) * size);
}

bool record_add_part(struct record *record, const struct part *part)
{
    struct part *parts = make_room(record->parts, record->n_parts, sizeof *parts);
    if (!parts)
        return false;
    record->parts = parts;
    parts[record->n_parts++] = *part;
    return true;
}

bool record_add_setting(struct record *record, const char *name, const char *value)
{
    struct setting *settings = make_room(record->settings, record->n_settings, sizeof *settings);
    if (!settings)
        return false;
    record->settings = settings;
    struct setting setting = {strdup(name), strdup(value)};
    settings[record->n_settings++] = setting;
    return setting.name && setting.value;
}

bool record_add_note(struct record *record, const char *note)
{
    for (size_t i = 0; i < record->n_notes; i++)
        if (strcmp(record->notes[i], note) == 0)
            return true;
    char **notes = make_room(record->notes, record->n_notes, sizeof *notes);
    if (!notes)
        return false;
    record->notes = notes;
    notes[record->n_notes] = strdup(note);
    return notes[record->n_notes++] != NULL;
}

uint32_t record_reason(struct record *record, const char *status, const char *message)
{
    for (size_t i = 0; i < record->n_reasons; i++)
        if (strcmp(record->reasons[i].status, status) == 0 &&
            strcmp(record->reasons[i].message, message) == 0)
            return (uint32_t)i + 1;
    if (record->n_reasons >= MAX_REASONS)
        return MAX_REASONS;
    struct reason *reasons = make_room(record->reasons, record->n_reasons, sizeof *reasons);
    if (!reasons)
        return 0;
    record->reasons = reasons;
    struct reason *reason = &reasons[record->n_reasons++];
    bool is_last = record->n_reasons == MAX_REASONS;
    snprintf(reason->status, sizeof reason->status, "%s", is_last ? "" : status);
    snprintf(reason->message, sizeof reason->message, "%s", is_last ? "other reasons" : message);
    return (uint32_t)record->n_reasons;
}

bool record_has_settings_of(const struct record *record, const struct record *other)
{
    if (record->n_settings != other->n_settings)
        return false;
    for (size_t i = 0; i < record->n_settings; i++)
        if (strcmp(record->settings[i].name, other->settings[i].name) != 0 ||
            strcmp(record->settings[i].value, other->settings[i].value) != 0)
            return false;
    return true;
}

static int64_t earliest_start_ms(const struct record *record, int64_t start_ms)
{
    for (size_t i = 0; i < record->n_parts; i++)
        if (record->parts[i].start_ms < start_ms)
            start_ms = record->parts[i].start_ms;
    return start_ms;
}

static bool join_samples(struct record *record, const struct record *other)
{
    for (size_t i = 0; i < other->n_samples; i++) {
        struct sample sample = other->samples[i];
        if (sample.reason) {
            const struct reason *reason = &other->reasons[sample.reason - 1];
            sample.reason = record_reason(record, reason->status, reason->message);
            if (!sample.reason)
                return false;
        }
        if (!record_add_sample(record, &sample))
            return false;
    }
    return true;
}

/* Convert both to the clock of the part that started first. */
bool record_join(struct record *record, const struct record *other)
{
    size_t n_before = record->n_samples;
    int64_t before_ms = earliest_start_ms(record, INT64_MAX);
    int64_t other_ms = earliest_start_ms(other, INT64_MAX);
    if (!join_samples(record, other))
        return false;
    bool is_later = other_ms > before_ms;
    size_t from = is_later ? n_before : 0, to = is_later ? record->n_samples : n_before;
    for (size_t i = from; i < to; i++)
        record->samples[i].end_ms += is_later ? other_ms - before_ms : before_ms - other_ms;
    for (size_t i = 0; i < other->n_parts; i++)
        if (!record_add_part(record, &other->parts[i]))
            return false;
    for (size_t i = 0; i < other->n_notes; i++)
        if (!record_add_note(record, other->notes[i]))
            return false;
    return true;
}

static int by_end(const void *a, const void *b)
{
    const struct sample *first = a, *second = b;
    if (first->end_ms != second->end_ms)
        return first->end_ms < second->end_ms ? -1 : 1;
    if (first->phone != second->phone)
        return first->phone < second->phone ? -1 : 1;
    return 0;
}

void record_sort(struct record *record)
{
    if (record->n_samples)
        qsort(record->samples, record->n_samples, sizeof *record->samples, by_end);
}
