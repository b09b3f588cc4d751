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
    size_t at;         /* everything before has been checked */
    size_t token;      /* start of the user and password if a '@' follows; <= at */
    size_t colon;      /* behind the last ':' since `token`; 0: none */
    bool is_authority; /* no '/' of a path since `token` */
    bool is_leading; /* `token` is where a rule may have its URL: first, or behind `|`, `]`, `?` */
    bool is_in_options;
};

/** text[start..end). */
struct provi_span {
    size_t start;
    size_t end;
};

void provi_secrets_init(struct provi_secrets *secrets, prov_str text);

/**
 * Move to the next secret: the argument of `--key`, `--uid`, `--pwd`, and in brackets of what is no
 * option at all, up to the next option or `]`; user and password of a URL, without a scheme only
 * both together; what stands in place of a port and is none, since the `@` behind a password may
 * have been forgotten; the value of a key of a URL's query that looks like a credential; the value
 * assigned to a parameter whose name says it is secret, however the assignment is written.
 * Rather too much than too little. Spans come in order, do not overlap and are not empty.
 */
bool provi_secrets_next(struct provi_secrets *secrets, struct provi_span *span);

/** Whether what a rule assigns to this name is secret; `SA` and the like are meant as GPP_SA. */
bool provi_secrets_has_name(prov_str name);

#endif
