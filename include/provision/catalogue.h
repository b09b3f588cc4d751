/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The catalogue of parameters: names, types, ranges, defaults, one table in one place.
 *
 * Source: MPP and SPA administration guides; docs/parameters.md prints the table.
 */
#ifndef PROVISION_CATALOGUE_H
#define PROVISION_CATALOGUE_H

#include <provision/base.h>
#include <provision/dialect.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Types of parameters. Numbers are never reused. */
enum prov_param_type {
    PROV_PARAM_TEXT = 0,
    PROV_PARAM_BOOL = 1,     /**< `Yes` or `No`, any case */
    PROV_PARAM_UNSIGNED = 2, /**< decimal or `0x` hex, `min`..`max` */
    PROV_PARAM_ENUM = 3,     /**< one of `choices`, any case */
    PROV_PARAM_RULE = 4,     /**< `<provision/rule.h>` */
    PROV_PARAM_TRIGGER = 5,
    PROV_PARAM_REPORT = 6,
    PROV_PARAM_DELAYS = 7, /**< prov_delays_get() */
    PROV_PARAM_HHMM = 8,   /**< `0000`..`2400` or empty */
};

/** Marks on parameters; bits of `prov_param_info.flags`. */
enum {
    PROV_PARAM_SECRET = 1 << 0,       /**< never shown, logged or reported */
    PROV_PARAM_REBOOT = 1 << 1,       /**< takes effect after a reboot */
    PROV_PARAM_READ_ONLY = 1 << 2,    /**< status: provisioning does not set it */
    PROV_PARAM_PER_LINE = 1 << 3,     /**< `_n_` in `name` stands for any line number */
    PROV_PARAM_MAY_BE_EMPTY = 1 << 4, /**< the empty text is a value of its type, meaning "none" */
};

/** One parameter's entry. */
struct prov_param_info {
    size_t size;
    const char *name;          /**< XML name, e.g. `Resync_Periodic`, `User_ID_n_` */
    const char *synonym_of;    /**< the name it stands for; NULL: none */
    const char *default_value; /**< as text; never NULL */
    const char *choices;       /**< of an enumeration, separated by `|`; NULL: none */
    const char *meaning;       /**< one phrase */
    uint32_t type;             /**< enum prov_param_type */
    uint32_t flags;            /**< PROV_PARAM_… */
    uint32_t min, max;         /**< of an unsigned number */
};

/**
 * The entry of a parameter.
 *
 * @param      name   As in a profile; `User_ID_3_` finds `User_ID_n_`. Borrowed for the call.
 * @param[out] exact  False when the spelling differs in case. May be NULL.
 * @return Static; NULL for a name the catalogue does not have.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API const struct prov_param_info *prov_catalogue_find(prov_str name, bool *exact);

/** Entry number @p index in table order; NULL past the end. @since 0.1. Safe anywhere. */
PROV_API const struct prov_param_info *prov_catalogue_at(size_t index);

/**
 * Default of a parameter in a dialect (log messages differ).
 *
 * @param dialect  NULL: MPP.
 * @return NUL-terminated, static; never NULL.
 * @since 0.1. Safe anywhere.
 */
PROV_API const char *prov_catalogue_default(const struct prov_param_info *info,
                                            const struct prov_dialect *dialect);

/**
 * Whether a value fits a parameter's type.
 *
 * @param      value  Borrowed for the call.
 * @param[out] err    `message` says what is allowed; the value itself is not repeated.
 * @return PROV_OK; PROV_E_VALUE; PROV_E_INVALID.
 * @since 0.1. Allocates nothing. Rules and triggers are not parsed here.
 */
PROV_API prov_status prov_catalogue_check(const struct prov_param_info *info, prov_str value,
                                          struct prov_error *err);

/** Read `Yes`/`No`. @return false if it is neither. @since 0.1. Safe anywhere. */
PROV_API bool prov_value_bool(prov_str value, bool *out);

/** Read a decimal or `0x` number up to 4294967295. @return false if it is none. @since 0.1. */
PROV_API bool prov_value_unsigned(prov_str value, uint32_t *out);

#ifdef __cplusplus
}
#endif

#endif
