/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Macro expansion into a growing buffer. */
#ifndef PROVI_ENV_EXPAND_H
#define PROVI_ENV_EXPAND_H

#include <provision/macro.h>

#include "base/buffer.h"

struct provi_env;

/** Expand with the device's variables into @p out, up to its ceiling. */
prov_status provi_expand(struct provi_env *env, prov_str text, uint32_t flags,
                         struct provi_buffer *out, struct prov_error *err);

/** Read a parameter and expand it; @p flags as in prov_macro_expand(). */
prov_status provi_expand_param(struct provi_env *env, prov_str name, uint32_t flags,
                               struct provi_buffer *out, struct prov_error *err);

/** Copy a rule with its keys and passwords as `***`; see prov_rule_redact(). */
prov_status provi_redact(struct provi_env *env, prov_str rule, struct provi_buffer *out,
                         struct prov_error *err);

#endif
