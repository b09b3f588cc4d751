/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/activation_answer.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "fetch/apply.h"
#include "fetch/log.h"

enum {
    CODE_DIGITS = 16,
    SHORT_CODE_DIGITS = 3, /* at least; a long code has 16 */
    MAX_FIELD = 1024,
};

static const char names[PROVI_ACTIVATION_RULES][15] = {"Profile_Rule", "Upgrade_Rule",
                                                       "Custom_CA_Rule"};

size_t provi_activation_code(prov_str text, char code[PROVI_ACTIVATION_CODE_CAP])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_mark = text.data[i] == '#' && len == 0;
        if (provi_is_blank(text.data[i]) || text.data[i] == '-')
            continue;
        if ((!is_mark && !provi_is_digit(text.data[i])) || len == PROVI_ACTIVATION_CODE_CAP - 1)
            return 0;
        code[len++] = text.data[i];
    }
    bool is_short = len > 0 && code[0] == '#';
    bool is_code = is_short ? len > SHORT_CODE_DIGITS : len == CODE_DIGITS;
    return is_code ? len : 0;
}

/* Encode a value as HTML forms do: all but letters, digits and `-._` as `%XX`. */
static prov_status add_value(struct provi_buffer *body, const struct prov_alloc *alloc,
                             prov_str value)
{
    prov_status status = PROV_OK;
    for (size_t i = 0; i < value.len && status == PROV_OK; i++) {
        char escape[4] = {value.data[i], '\0'};
        bool is_plain =
            provi_is_alnum(escape[0]) || escape[0] == '-' || escape[0] == '.' || escape[0] == '_';
        if (!is_plain)
            snprintf(escape, sizeof escape, "%%%02X", (unsigned)(unsigned char)value.data[i]);
        status = provi_buffer_add(body, alloc, escape, is_plain ? 1 : 3);
    }
    return status;
}

static prov_status add_field(struct provi_env *env, struct provi_buffer *body, prov_str name,
                             prov_str macro, struct prov_error *err)
{
    struct provi_buffer value;
    provi_buffer_init(&value, MAX_FIELD, false);
    prov_status status = provi_expand(env, macro, 0, &value, err);
    if (status == PROV_OK)
        status = provi_buffer_add(body, &env->alloc, name.data, name.len);
    if (status == PROV_OK)
        status = add_value(body, &env->alloc, provi_buffer_str(&value));
    provi_buffer_free(&value, &env->alloc);
    return status;
}

prov_status provi_activation_form(struct provi_env *env, prov_str code, struct provi_buffer *body,
                                  struct prov_error *err)
{
    const prov_str name = PROVI_LIT("code=");
    prov_status status;
    provi_buffer_reset(body);
    if (code.len == 0) {
        status = add_field(env, body, PROVI_LIT("mac="), PROVI_LIT("$MA"), err);
        if (status == PROV_OK)
            status = add_field(env, body, PROVI_LIT("&model="), PROVI_LIT("$PN"), err);
    } else {
        status = provi_buffer_add(body, &env->alloc, name.data, name.len);
        if (status == PROV_OK)
            status = add_value(body, &env->alloc, code);
    }
    return status == PROV_E_NOMEM ? provi_fail_nomem(err) : status;
}

bool provi_activation_is_gds(prov_str rule)
{
    const prov_str gds = PROVI_LIT("gds://");
    for (size_t i = 0; i + gds.len <= rule.len; i++)
        if (provi_str_eq_nocase((prov_str){rule.data + i, gds.len}, gds))
            return true;
    return false;
}

/* Context of the parser's handler. */
struct reader {
    struct provi_activation_answer *answer;
    const struct prov_alloc *alloc;
};

static void ignore(struct provi_activation_answer *answer, prov_str name)
{
    if (answer->n_ignored++ == 0)
        snprintf(answer->ignored, sizeof answer->ignored, "%.*s", PROVI_STR(name));
}

static prov_status on_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    const struct reader *reader = ctx;
    struct provi_activation_answer *answer = reader->answer;
    size_t i = 0;
    while (i < PROVI_ACTIVATION_RULES && !provi_str_is(param->name, names[i]))
        i++;
    if (i == PROVI_ACTIVATION_RULES || param->has_value != PROV_VALUE_GIVEN) {
        ignore(answer, param->name);
        return PROV_OK;
    }
    answer->has_rule[i] = true;
    provi_buffer_reset(&answer->rules[i]);
    prov_status status =
        provi_buffer_add(&answer->rules[i], reader->alloc, param->value.data, param->value.len);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "%s: expected at most %zu bytes", names[i],
                          answer->rules[i].max);
    return status == PROV_OK ? status : provi_fail_nomem(err);
}

static void on_warning(void *ctx, uint32_t kind, prov_str name, uint32_t line)
{
    const struct reader *reader = ctx;
    (void)line;
    if (kind == PROV_WARN_UNKNOWN_NAME)
        ignore(reader->answer, name);
}

static prov_status parse(struct reader *reader, struct provi_env *env, prov_str file,
                         struct prov_error *err)
{
    const struct prov_profile_options options = {
        .size = sizeof options,
        .alloc = &env->alloc,
        .limits = &env->limits,
        .dialect = &env->dialect,
    };
    const struct prov_profile_handler handler = {on_param, on_warning, reader};
    prov_profile_parser *parser;
    prov_status status = prov_profile_parser_new(&parser, &options, &handler, err);
    if (status != PROV_OK)
        return status;
    const struct prov_sink sink = prov_profile_parser_sink(parser);
    status = sink.write(sink.ctx, file.data, file.len, err);
    if (status == PROV_OK)
        status = sink.finish(sink.ctx, err);
    prov_profile_parser_free(parser);
    return status;
}

prov_status provi_activation_read(struct provi_activation_answer *answer, struct provi_env *env,
                                  prov_str file, struct prov_error *err)
{
    struct reader reader = {answer, &env->alloc};
    *answer = (struct provi_activation_answer){0};
    for (size_t i = 0; i < PROVI_ACTIVATION_RULES; i++)
        provi_buffer_init(&answer->rules[i], env->limits.max_rule_bytes, true);
    prov_status status = file.len ? parse(&reader, env, file, err) : PROV_OK;
    if (status != PROV_OK)
        return status;
    const prov_str rule = provi_str_trim(provi_buffer_str(&answer->rules[0]));
    if (rule.len == 0 || provi_activation_is_gds(rule))
        return provi_fail(err, PROV_E_CORRUPT,
                          "expected a Profile_Rule in the answer of the service, found %s",
                          rule.len ? "gds:// again" : "none");
    return PROV_OK;
}

static void log_ignored(const struct provi_activation_answer *answer, struct provi_job *job)
{
    char text[160];
    if (answer->n_ignored == 0)
        return;
    snprintf(text, sizeof text,
             "activation: expected Profile_Rule, Upgrade_Rule or Custom_CA_Rule, ignored %s and %u "
             "more",
             answer->ignored, answer->n_ignored - 1);
    provi_log_text(job->jobs->fetcher, job->type->job, NULL, PROV_SEVERITY_WARNING,
                   prov_str_from(text));
}

prov_status provi_activation_store(const struct provi_activation_answer *answer,
                                   struct provi_job *job, const struct provi_job_record *record,
                                   struct prov_error *err)
{
    struct provi_apply apply;
    prov_status status = PROV_OK;
    log_ignored(answer, job);
    provi_apply_init(&apply, job->jobs->fetcher, job->type->job, PROVI_LIT("activation"));
    apply.save_with = record->save;
    apply.save_ctx = record->ctx;
    for (size_t i = 0; i < PROVI_ACTIVATION_RULES && status == PROV_OK; i++) {
        if (answer->has_rule[i])
            status = provi_apply_assign(&apply, prov_str_from(names[i]),
                                        provi_buffer_str(&answer->rules[i]), err);
        if (status == PROV_OK && i == 0 && apply.n_warnings)
            status = provi_fail(err, PROV_E_CORRUPT,
                                "the Profile_Rule of the service is not valid: see the warning");
    }
    if (status == PROV_OK)
        status = provi_apply_commit(&apply, err);
    if (status == PROV_OK && apply.n_changed == 0)
        status = record->save(record->ctx, err);
    provi_apply_free(&apply);
    return status;
}

void provi_activation_answer_free(struct provi_activation_answer *answer,
                                  const struct provi_env *env)
{
    for (size_t i = 0; i < PROVI_ACTIVATION_RULES; i++)
        provi_buffer_free(&answer->rules[i], &env->alloc);
}
