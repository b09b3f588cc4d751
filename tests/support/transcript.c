/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "transcript.h"

#include "profile/profile_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct transcript *transcript, size_t len)
{
    if (len < transcript->cap - transcript->len)
        return;
    transcript->cap = (transcript->len + len + 1) * 2;
    transcript->text = realloc(transcript->text, transcript->cap);
    if (transcript->text == NULL)
        test_die("transcript: out of memory");
}

static void add(struct transcript *transcript, const char *text, size_t len)
{
    reserve(transcript, len);
    if (len > 0)
        memcpy(transcript->text + transcript->len, text, len);
    transcript->len += len;
    transcript->text[transcript->len] = '\0';
}

static void say(struct transcript *transcript, const char *format, ...) TEST_PRINTF(2, 3);

static void say(struct transcript *transcript, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof line)
        test_die("transcript: line too long");
    add(transcript, line, (size_t)len);
}

static prov_status on_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    static const char *const access[] = {"keep", "na", "ro", "rw", "default"};
    struct transcript *transcript = ctx;
    (void)err;
    if (dial_tick(transcript->dial))
        return PROV_E_HOST;
    if (transcript->is_silent)
        return PROV_OK;
    say(transcript, "param %.*s %s line %u offset %llu", (int)param->name.len, param->name.data,
        access[param->access], (unsigned)param->line,
        (unsigned long long)(param->offset - transcript->shift));
    if (param->has_value) {
        add(transcript, " = ", 3);
        add(transcript, param->value.data, param->value.len);
    }
    add(transcript, "\n", 1);
    return PROV_OK;
}

static void on_warning(void *ctx, uint32_t kind, prov_str name, uint32_t line)
{
    static const char *const kinds[] = {
        [PROV_WARN_UNKNOWN_NAME] = "unknown",
        [PROV_WARN_CASE] = "case",
        [PROV_WARN_DUPLICATE] = "duplicate",
        [PROV_WARN_BAD_ACCESS] = "access",
        [PROV_WARN_NESTED] = "nested",
        [PROV_WARN_EMPTY] = "empty",
        [PROV_WARN_ALIAS] = "alias",
        [PROV_WARN_INSTRUCTION] = "instruction",
        [PROV_WARN_ENCODING] = "encoding",
        [PROV_WARN_COMMENT] = "comment",
        [PROV_WARN_ALIAS_UNUSED] = "unused",
        [PROV_WARN_NO_ALIAS] = "unnamed",
        [PROV_WARN_STRAY_INSTRUCTION] = "stray",
        [PROV_WARN_ATTRIBUTE] = "attribute",
        [PROV_WARN_TEMPLATE] = "template",
    };
    struct transcript *transcript = ctx;
    if (!transcript->is_silent)
        say(transcript, "warning %s %.*s line %u\n", kinds[kind], (int)name.len, name.data,
            (unsigned)line);
}

static void say_outcome(struct transcript *transcript)
{
    const struct prov_error *err = &transcript->error;
    if (transcript->status == PROV_OK)
        say(transcript, "done %llu bytes, %llu parameters, %llu warnings\n",
            (unsigned long long)(transcript->result.bytes - transcript->shift),
            (unsigned long long)transcript->result.n_params,
            (unsigned long long)transcript->result.n_warnings);
    else
        say(transcript, "%s %u:%u offset %llu [%s]: %s\n", prov_status_name(transcript->status),
            (unsigned)err->line, (unsigned)err->column,
            (unsigned long long)(err->offset - transcript->shift), err->subject, err->message);
}

prov_status transcript_run(struct transcript *transcript, const struct prov_profile_options *opt,
                           const struct feed *feed)
{
    const struct prov_profile_handler handler = {
        .param = on_param,
        .warning = on_warning,
        .ctx = transcript,
    };
    transcript->len = 0;
    transcript->error = (struct prov_error){.size = sizeof transcript->error};
    transcript->result = (struct prov_profile_result){.size = sizeof transcript->result};

    prov_profile_parser *parser;
    transcript->status = prov_profile_parser_new(&parser, opt, &handler, &transcript->error);
    if (transcript->status == PROV_OK) {
        parser->is_thorough = transcript->is_thorough;
        const struct prov_sink sink = prov_profile_parser_sink(parser);
        transcript->status = feed_run(feed, &sink, &transcript->error);
        if (prov_profile_parser_result(parser, &transcript->result) != PROV_OK)
            test_die("transcript: no result");
        prov_profile_parser_free(parser);
    }
    if (transcript->error.status != transcript->status)
        test_die("transcript: status %d, the error says %d", (int)transcript->status,
                 (int)transcript->error.status);
    say_outcome(transcript);
    return transcript->status;
}

const char *transcript_outcome(const struct transcript *transcript)
{
    const char *line = transcript->text + transcript->len - 1;
    while (line > transcript->text && line[-1] != '\n')
        line--;
    return line;
}

void transcript_free(struct transcript *transcript)
{
    free(transcript->text);
    *transcript = (struct transcript){0};
}

/* Options */

static uint32_t number(const char *text, const char *name)
{
    char value[16];
    return golden_option(text, name, value, sizeof value) ? (uint32_t)strtoul(value, NULL, 10) : 0;
}

static prov_str words(const char *text, const char *name, char *value, size_t cap)
{
    return golden_option(text, name, value, cap) ? prov_str_from(value) : (prov_str){NULL, 0};
}

void profile_case_read(struct profile_case *profile, const struct golden *golden)
{
    size_t len;
    char *file = (char *)golden_read(golden, "options", &len);
    const char *text = file != NULL ? file : "";
    char dialect[16] = "";
    golden_option(text, "dialect", dialect, sizeof dialect);
    bool is_spa = strcmp(dialect, "spa") == 0;

    *profile = (struct profile_case){.limits = {.size = sizeof profile->limits}};
    profile->limits.max_depth = number(text, "max_depth");
    profile->limits.max_value_bytes = number(text, "max_value_bytes");
    profile->limits.max_name_bytes = number(text, "max_name_bytes");
    profile->limits.max_token_bytes = number(text, "max_token_bytes");
    profile->opt = (struct prov_profile_options){
        .size = sizeof profile->opt,
        .limits = &profile->limits,
        .dialect = prov_dialect_get(is_spa ? PROV_DIALECT_SPA : PROV_DIALECT_MPP),
        .alias_map = words(text, "alias", profile->alias, sizeof profile->alias),
        .bind_name = words(text, "bind_name", profile->bind_name, sizeof profile->bind_name),
        .bind_value = words(text, "bind_value", profile->bind_value, sizeof profile->bind_value),
        .strict_names = (uint8_t)number(text, "strict_names"),
        .self_closing_ua_clears = (uint8_t)number(text, "self_closing_ua_clears"),
        .sent_plain = (uint8_t)number(text, "sent_plain"),
    };
    free(file);
}
