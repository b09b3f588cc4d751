/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/last.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"

static size_t cut_len(prov_str text)
{
    return text.len < PROVI_LAST_MAX_TEXT ? text.len : PROVI_LAST_MAX_TEXT;
}

static size_t size_of(const struct prov_result *result)
{
    size_t error_size = result->error ? sizeof *result->error : 0;
    return sizeof(struct provi_last) + error_size + cut_len(result->rule) + cut_len(result->url) +
           cut_len(result->server_ip);
}

struct provi_last *provi_last_new(const struct prov_result *result, const struct prov_alloc *alloc)
{
    struct provi_last *last = provi_alloc(alloc, size_of(result));
    if (!last)
        return NULL;
    last->result = *result;
    last->result.text = PROVI_LIT(""); /* the trace has it */
    last->result.connection = NULL;    /* an idle agent is to be small */
    char *at = (char *)(last + 1);
    if (result->error) {
        last->result.error = memcpy(at, result->error, sizeof *result->error);
        at += sizeof *result->error;
    }
    prov_str *const texts[] = {&last->result.rule, &last->result.url, &last->result.server_ip};
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        const size_t len = cut_len(*texts[i]);
        *texts[i] = (prov_str){len ? memcpy(at, texts[i]->data, len) : at, len};
        at += len;
    }
    return last;
}

void provi_last_free(struct provi_last *last, const struct prov_alloc *alloc)
{
    if (last)
        provi_free(alloc, last, size_of(&last->result));
}
