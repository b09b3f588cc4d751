/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Finds the secrets in a text that may be a rule, well-formed or not. */
#ifndef PROVI_MACRO_SECRETS_H
#define PROVI_MACRO_SECRETS_H

#include <provision/base.h>

/** Written in place of a secret. */
#define PROVI_MASK "***"

/** A cursor over the secrets of a text. Start with `{.text = …}`. */
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

/**
 * Move to the next secret: the argument of `--key`, `--uid`, `--pwd`, and in brackets also of an
 * unknown option, up to the next option or `]`; user and password of a URL, without a scheme only
 * if both are there; text in place of a port, since the `@` behind a password may be missing;
 * the value of a query's key that looks like a credential; the value assigned to a parameter with a
 * secret's name, however the assignment is written. When in doubt the text is masked. Spans come in
 * order, do not overlap and are not empty.
 */
bool provi_secrets_next(struct provi_secrets *secrets, struct provi_span *span);

/** Whether the value assigned to this name is secret; `SA` to `SD` mean GPP_SA to GPP_SD. */
bool provi_secrets_has_name(prov_str name);

#endif
