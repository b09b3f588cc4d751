/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What has to be masked in a rule's text, well-formed or not, before anybody sees it. */
#ifndef PROVI_MACRO_SECRETS_H
#define PROVI_MACRO_SECRETS_H

#include <provision/base.h>

/** What stands in place of a secret. */
#define PROVI_MASK "***"

/** A cursor over the secrets of a text. Start with provi_secrets_init(). */
struct provi_secrets {
    prov_str text;
    size_t at;         /* everything before has been looked at */
    size_t token;      /* start of what is user and password if a '@' follows; <= at */
    size_t colon;      /* place of the last ':' since `token`; 0: none */
    bool is_authority; /* no '/' of a path since `token` */
    bool has_scheme;   /* `token` follows "://": nothing but a '/' ends it */
    bool is_in_brackets;
};

/** text[start..end). */
struct provi_span {
    size_t start;
    size_t end;
};

void provi_secrets_init(struct provi_secrets *secrets, prov_str text);

/**
 * Move to the next secret: the argument of `--key`, `--uid`, `--pwd`, or in brackets of what is no
 * option at all, up to the next option or `]`; user and password of a URL, without a scheme only
 * both together; the value of a key of its query that looks like a credential; the value assigned
 * to a parameter whose name says it is secret.
 * Rather too much than too little. Spans come in order, do not overlap and are not empty.
 */
bool provi_secrets_next(struct provi_secrets *secrets, struct provi_span *span);

#endif
