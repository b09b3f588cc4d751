/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "outcome.h"

#include <provision/rule.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/str.h"
#include "base/url.h"
#include "dials.h"
#include "world.h"

static const char dhcp_server[] = "192.168.1.200";

static void write_assignments(struct provi_text *out, const prov_rule *rule, size_t alternative)
{
    struct prov_rule_assignment assignment;
    for (size_t i = 0; prov_rule_assignment_get(rule, alternative, i, &assignment) == PROV_OK;
         i++) {
        provi_text_puts(out, "set ");
        provi_text_add(out, assignment.name);
        provi_text_puts(out, " = \"");
        provi_text_add(out, assignment.value);
        provi_text_puts(out, "\"\n");
    }
}

static void write_option(struct provi_text *out, bool is_set, const char *name, prov_str value)
{
    if (!is_set)
        return;
    provi_text_puts(out, name);
    provi_text_add(out, value);
}

static void write_url(struct provi_text *out, const struct prov_rule_target *target)
{
    const struct provi_url url = {
        .scheme = target->scheme.len ? target->scheme : PROVI_LIT("tftp"),
        .host = target->host.len ? target->host : prov_str_from(dhcp_server),
        .path = target->path,
        .port = target->port,
    };
    if (target->path.len == 0) {
        provi_text_add(out, url.scheme);
        provi_text_puts(out, "://");
        return;
    }
    provi_url_write(out, &url);
}

static void write_targets(struct provi_text *out, const prov_rule *rule, size_t alternative)
{
    const prov_str none = {NULL, 0};
    struct prov_rule_target target = {.size = sizeof target};
    for (size_t i = 0; prov_rule_target_get(rule, alternative, i, &target) == PROV_OK; i++) {
        provi_text_puts(out, "fetch ");
        write_url(out, &target);
        write_option(out, target.has_key, " key=", target.key);
        write_option(out, target.has_uid, " uid=", target.uid);
        write_option(out, target.has_pwd, " pwd=", target.pwd);
        write_option(out, target.post, " post=", (prov_str){&target.post, 1});
        write_option(out, target.alias, " alias=", (prov_str){&target.alias, 1});
        write_option(out, target.srv, " srv", none);
        write_option(out, target.delta, " delta", none);
        write_option(out, target.status, " status", none);
        provi_text_puts(out, "\n");
    }
}

void outcome_write_rule(struct provi_text *out, const prov_rule *rule)
{
    for (size_t alternative = 0; alternative < prov_rule_n_alternatives(rule); alternative++) {
        provi_text_puts(out, "alternative\n");
        write_assignments(out, rule, alternative);
        write_targets(out, rule, alternative);
    }
}

static void write_outcome(struct provi_text *out, const prov_rule *rule, uint32_t kind,
                          int32_t alternative)
{
    if (kind == PROV_RULE_KIND_TRIGGER) {
        provi_text_puts(out, alternative < 0 ? "false\n" : "true\n");
        return;
    }
    if (alternative < 0) {
        provi_text_puts(out, "skipped\n");
        return;
    }
    if (prov_rule_n_alternatives(rule) > 1) {
        provi_text_puts(out, "alternative ");
        provi_text_add_number(out, alternative + 1);
        provi_text_puts(out, "\n");
    }
    write_assignments(out, rule, (size_t)alternative);
    write_targets(out, rule, (size_t)alternative);
}

static void set_options(const struct vector *vector, struct prov_rule_options *opt)
{
    *opt = (struct prov_rule_options){.size = sizeof *opt};
    prov_str kind = vector_get(vector, "kind");
    bool is_upgrade_url = provi_str_is(kind, "upgrade-url");
    opt->kind = PROV_RULE_KIND_PROFILE;
    if (provi_str_is(kind, "upgrade") || is_upgrade_url)
        opt->kind = PROV_RULE_KIND_UPGRADE;
    else if (provi_str_is(kind, "report"))
        opt->kind = PROV_RULE_KIND_REPORT;
    else if (provi_str_is(kind, "trigger"))
        opt->kind = PROV_RULE_KIND_TRIGGER;
    else if (kind.len)
        vector_die(vector, "unknown kind");
    opt->flags = is_upgrade_url ? PROV_RULE_FLAG_SERVER_OPTIONAL : 0;
    if (provi_str_is(vector_get(vector, "dialect"), "spa"))
        opt->dialect = prov_dialect_get(PROV_DIALECT_SPA);
}

void outcome_set_up(const struct vector *vector, struct world *world, struct prov_rule_options *opt)
{
    world_init(world, NULL);
    set_options(vector, opt);
    for (size_t i = 0; i < vector->n_fields; i++)
        if (provi_str_is(vector->fields[i].key, "set"))
            world_set(world, vector->fields[i].value);
}

static void run_rule(struct provi_text *out, const struct vector *vector, struct world *world,
                     char behind)
{
    const prov_str text = vector_copy(vector_get(vector, "rule"), behind);
    prov_rule *rule;
    int32_t alternative;
    struct prov_error err = {0};
    struct prov_rule_options opt;
    outcome_set_up(vector, world, &opt);
    prov_status status =
        prov_rule_prepare(&rule, text, &world->vars, &opt, NULL, &alternative, &err);
    if (status == PROV_OK) {
        write_outcome(out, rule, opt.kind, alternative);
    } else {
        prov_str subject = vector_get(vector, "subject"); /* the macro at fault, if one is */
        if (err.status != status || !provi_str_is(subject, err.subject))
            vector_die(vector, "status %d of %d, subject '%s'", err.status, status, err.subject);
        if (err.line == 1 && err.offset + 1 != err.column)
            vector_die(vector, "column %u at offset %llu", (unsigned)err.column,
                       (unsigned long long)err.offset);
        provi_text_puts(out, "error ");
        provi_text_add_number(out, err.column);
        provi_text_puts(out, ": ");
        provi_text_puts(out, err.message);
        provi_text_puts(out, "\n");
    }
    prov_rule_free(rule);
    free((char *)text.data);
}

void outcome_compare(const struct vector *vector, const char *key, prov_str found)
{
    prov_str rest = found;
    for (size_t i = 0; i < vector->n_fields; i++) {
        prov_str wanted = vector->fields[i].value;
        if (!provi_str_is(vector->fields[i].key, key))
            continue;
        bool is_there = provi_str_starts(rest, wanted) && rest.len > wanted.len &&
                        rest.data[wanted.len] == '\n';
        if (!is_there)
            vector_die(vector, "expected %.*s\nin:\n%.*s", (int)wanted.len, wanted.data,
                       (int)found.len, found.data);
        rest = provi_str_from_offset(rest, wanted.len + 1);
    }
    if (rest.len)
        vector_die(vector, "unexpected: %.*s", (int)rest.len, rest.data);
}

void outcome_test(void *ctx, const struct vector *vector)
{
    (void)ctx;
    struct world world;
    char buf[4096];
    for (const char *behind = "/x\")] =|"; *behind; behind++) { /* not part of the rule */
        struct provi_text out = {.buf = buf, .cap = sizeof buf};
        run_rule(&out, vector, &world, *behind);
        world_free(&world);
        if (provi_text_end(&out, NULL) != PROV_OK)
            vector_die(vector, "the outcome is too long");
        outcome_compare(vector, "result", (prov_str){buf, out.len});
    }
}
