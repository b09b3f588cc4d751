/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/last.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"
#include "env/env.h"

static size_t cut(size_t len)
{
    return len < PROVI_LAST_MAX_TEXT ? len : PROVI_LAST_MAX_TEXT;
}

static size_t size_of(const struct prov_result *result)
{
    const struct prov_delivery *delivery = result->delivery;
    size_t size = sizeof(struct provi_last) + cut(result->rule.len) + cut(result->url.len) +
                  cut(result->server_ip.len);
    if (delivery)
        size += sizeof *delivery + cut(delivery->content_type.len) + cut(delivery->coding.len) +
                cut(delivery->etag.len);
    return size + (result->error ? sizeof *result->error : 0);
}

static void move_texts(prov_str *const *texts, size_t n, char **at)
{
    for (size_t i = 0; i < n; i++) {
        const size_t len = cut(texts[i]->len);
        *texts[i] = (prov_str){len ? memcpy(*at, texts[i]->data, len) : *at, len};
        *at += len;
    }
}

struct provi_last *provi_last_new(const struct prov_result *result, const struct provi_env *env)
{
    struct provi_last *last = provi_alloc(&env->alloc, size_of(result));
    if (!last)
        return NULL;
    *last = (struct provi_last){.result = *result, .end_ms = provi_env_now_ms(env)};
    last->result.text = PROVI_LIT(""); /* the trace has the text */
    last->result.connection = NULL;    /* an idle agent should be small */
    char *at = (char *)(last + 1);
    struct prov_delivery *delivery = NULL;
    if (result->delivery) { /* the structs first: texts are not aligned */
        last->result.delivery = delivery = memcpy(at, result->delivery, sizeof *delivery);
        at += sizeof *delivery;
    }
    if (result->error) {
        last->result.error = memcpy(at, result->error, sizeof *result->error);
        at += sizeof *result->error;
    }
    prov_str *const texts[] = {&last->result.rule, &last->result.url, &last->result.server_ip};
    move_texts(texts, PROVI_LEN(texts), &at);
    if (delivery) {
        prov_str *const its_texts[] = {&delivery->content_type, &delivery->coding, &delivery->etag};
        move_texts(its_texts, PROVI_LEN(its_texts), &at);
    }
    return last;
}

const struct prov_result *provi_last_result(struct provi_last *last, const struct provi_env *env)
{
    last->result.mono_ms = provi_env_host_moment(env, last->end_ms);
    return &last->result;
}

void provi_last_free(struct provi_last *last, const struct prov_alloc *alloc)
{
    if (last)
        provi_free(alloc, last, size_of(&last->result));
}
