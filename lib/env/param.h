/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Reading one parameter from the host's store, by type and default, and expanding its macros. */
#ifndef PROVI_ENV_PARAM_H
#define PROVI_ENV_PARAM_H

#include <provision/catalogue.h>
#include <provision/dialect.h>
#include <provision/host.h>
#include <provision/macro.h>
#include <provision/profile.h>

#include "base/buffer.h"

/** Where parameters are read from. */
struct provi_params {
    const struct prov_host *host;
    const struct prov_dialect *dialect;
    const struct prov_catalogue *catalogue;
    int32_t *refusal; /* the host's own status that `find` returned last; 0: none */
};

/** The entry of a parameter; NULL for one neither the library nor the host lists. */
const struct prov_param_info *provi_param_info(const struct provi_params *params, prov_str name);

/**
 * Copy a parameter as text: the stored value, else its default in the dialect.
 *
 * @return PROV_OK; PROV_E_LIMIT when it does not fit, @p len is the length needed; the host's
 *         status.
 */
prov_status provi_param_copy(const struct provi_params *params, prov_str name, char *buf,
                             size_t cap, size_t *len);

/** As provi_param_copy(), without the default: PROV_E_NOT_FOUND when no value is stored. */
prov_status provi_param_copy_stored(const struct provi_params *params, prov_str name, char *buf,
                                    size_t cap, size_t *len);

/** The parameters with their defaults, as public functions take them. */
struct prov_param_source provi_param_source(struct provi_params *params);

/** Whether the host stores a value, which may be empty; also true if that cannot be read. */
bool provi_param_is_stored(const struct provi_params *params, prov_str name);

/** As provi_param_copy(), into a buffer that grows. */
prov_status provi_param_read(const struct provi_params *params, prov_str name,
                             const struct prov_alloc *alloc, struct provi_buffer *out);

/** The status of a host's failed `find`, if it may return that; PROV_E_HOST for every other, and
 * for a value without data. */
prov_status provi_param_found(const struct provi_params *params, prov_status status);

/** Fail with the parameter as subject, and the host's own status, after a function here failed.
 * @return @p status. */
prov_status provi_param_fail(const struct provi_params *params, prov_str name, prov_status status,
                             struct prov_error *err);

/**
 * Read the stored entry of a parameter, value and access; defaults do not count.
 *
 * @param      layer  As for `find`.
 * @param[out] out    Its texts are borrowed until the next storage callback. `has_value` 0: no
 *                    value is stored.
 * @return PROV_OK, also when nothing is stored; PROV_E_UNSUPPORTED: the host does not use the
 *         parameter; any other status: it cannot be read at present.
 */
static inline prov_status provi_param_find(const struct provi_params *params, prov_str name,
                                           uint32_t layer, struct prov_param *out)
{
    const struct prov_host *host = params->host;
    *out = (struct prov_param){.size = sizeof *out};
    prov_status status = host->find(host->store_ctx, name, layer, out);
    if (status == PROV_OK && (out->value.data || out->value.len == 0))
        return PROV_OK;
    out->has_value = out->access = out->layer = 0;
    return status == PROV_E_NOT_FOUND ? PROV_OK : provi_param_found(params, status);
}

/** Whether a text for Resync_At__HHmm_ is neither empty nor a time; @p why has the message. */
bool provi_param_is_odd_time(prov_str text, struct prov_error *why);

/** A parameter of type Bool; its default when the stored text is no Bool. */
bool provi_param_bool(const struct provi_params *params, const char *name);

/** An unsigned parameter; its default when the stored text is no number in range. */
uint32_t provi_param_unsigned(const struct provi_params *params, const char *name);

/** Longest list of delays that is read; a longer one counts as invalid. */
enum { PROVI_DELAYS_CAP = 512 };

/**
 * Milliseconds of element @p index of a list of delays; its default counts when the stored text is
 * no list or cannot be read. -1: the list ends before.
 */
int64_t provi_param_delay_ms(const struct provi_params *params, const char *name, uint32_t index,
                             uint32_t entropy);

struct provi_env;

/** As provi_param_read(). A failure names the parameter, and PROV_E_LIMIT the ceiling of @p out. */
prov_status provi_param_read_all(struct provi_env *env, const char *name, struct provi_buffer *out,
                                 struct prov_error *err);

/** Expand with the device's variables into @p out, up to its ceiling. */
prov_status provi_expand(struct provi_env *env, prov_str text, uint32_t flags,
                         struct provi_buffer *out, struct prov_error *err);

/** Read a parameter and expand it; @p vars NULL: the device's; @p flags as in
 * prov_macro_expand(). */
prov_status provi_expand_param(struct provi_env *env, prov_str name, const struct prov_vars *vars,
                               uint32_t flags, struct provi_buffer *out, struct prov_error *err);

/** Copy @p clean, and behind it a rule with its keys and passwords as `***`; see
 * prov_rule_redact(). */
prov_status provi_redact(struct provi_env *env, prov_str clean, prov_str rule,
                         struct provi_buffer *out, struct prov_error *err);

#endif
