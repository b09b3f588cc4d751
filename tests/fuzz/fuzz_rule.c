/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * First byte: kind of rule and dialect. The rest is a rule: an error lies within it, a rule without
 * one prints stably, no control character gets into a URL or a login, all can be explained, and
 * what is masked in it are stretches in order.
 */
#include <provision/explain.h>
#include <provision/lint.h>
#include <provision/rule.h>

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "dials.h"
#include "macro/secrets.h"
#include "world.h"

static void check_clean(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            test_die("control character in a request");
}

static void check_targets(const prov_rule *rule)
{
    struct prov_rule_target target = {.size = sizeof target};
    for (size_t alternative = 0; alternative < prov_rule_n_alternatives(rule); alternative++)
        for (size_t i = 0; prov_rule_target_get(rule, alternative, i, &target) == PROV_OK; i++) {
            check_clean(target.host);
            check_clean(target.path);
            check_clean(target.uid);
            check_clean(target.pwd);
            if (target.path.len ? target.path.data[0] != '/' : !provi_str_is(target.scheme, "gds"))
                test_die("no path");
        }
}

static char *print(const prov_rule *rule, size_t *len)
{
    prov_rule_print(rule, true, NULL, 0, len);
    char *text = malloc(*len + 1);
    if (text && prov_rule_print(rule, true, text, *len + 1, len) != PROV_OK)
        test_die("the length returned is not the length needed");
    return text;
}

static void check_print(const prov_rule *rule, struct prov_rule_options opt)
{
    size_t len, again_len;
    prov_rule *again;
    struct prov_error err = {0};
    struct prov_limits limits = {.size = sizeof limits, .max_rule_bytes = UINT32_MAX};
    char *first = print(rule, &len);
    opt.limits = &limits; /* octal escapes take more room than quotes */
    if (prov_rule_parse(&again, (prov_str){first, len}, &opt, &err) != PROV_OK)
        test_die("'%s' does not parse: %s", first, err.message);
    char *second = print(again, &again_len);
    if (len != again_len || memcmp(first, second, len) != 0)
        test_die("'%s' prints as '%s'", first, second);
    prov_rule_free(again);
    free(first);
    free(second);
}

static void ignore_warning(void *ctx, const struct prov_lint *lint)
{
    if (lint->offset > *(const size_t *)ctx)
        test_die("warning past the end");
}

/* Secrets come in order, apart, not empty and within the text; masking leaves nothing else out. */
static void check_spans(prov_str text)
{
    struct provi_secrets secrets = {.text = text};
    struct provi_span span;
    size_t end = 0, n_left = text.len, n_spans = 0, len;
    while (provi_secrets_next(&secrets, &span)) {
        if (span.start < end || span.end <= span.start || span.end > text.len)
            test_die("secret %zu..%zu behind %zu", span.start, span.end, end);
        end = span.end;
        n_left -= span.end - span.start;
        n_spans++;
    }
    prov_rule_redact(text, NULL, 0, &len);
    if (len != n_left + n_spans * strlen(PROVI_MASK))
        test_die("redacted to %zu bytes", len);
}

static void check_failure(prov_str text, const struct prov_error *err)
{
    char buf[1024];
    size_t len;
    if (err->status == PROV_E_SYNTAX && (err->offset > text.len || err->column < 1))
        test_die("error at %zu", (size_t)err->offset);
    if (prov_rule_picture(text, err->offset, buf, sizeof buf, &len) != PROV_OK)
        test_die("a picture of %zu bytes", len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct prov_rule_options opt = {.size = sizeof opt, .kind = data[0] & 3};
    if (data[0] & 4)
        opt.dialect = prov_dialect_get(PROV_DIALECT_SPA);
    prov_str text = {(const char *)data + 1, size - 1};
    struct world world;
    struct prov_error err = {0};
    struct capture capture;
    prov_rule *rule;
    check_spans(text);
    world_init(&world, NULL);
    capture_init(&capture, NULL);
    if (prov_rule_prepare(&rule, text, &world.vars, &opt, NULL, NULL, &err) == PROV_OK) {
        check_targets(rule);
        check_print(rule, opt);
        if (prov_rule_explain(rule, &capture.sink, NULL) != PROV_OK)
            test_die("cannot be explained");
    } else {
        check_failure(text, &err);
    }
    const struct prov_lint_listener listener = {ignore_warning, &text.len};
    prov_lint_rule(text, &world.vars, &opt, &listener, NULL);
    prov_rule_free(rule);
    capture_free(&capture);
    world_free(&world);
    return 0;
}
