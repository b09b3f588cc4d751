/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The catalogue of parameters: names, types, ranges, defaults.
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
    PROV_PARAM_TYPE_TEXT = 0,
    PROV_PARAM_TYPE_BOOL = 1,     /**< `Yes` or `No`, any case */
    PROV_PARAM_TYPE_UNSIGNED = 2, /**< decimal or `0x` hex, `min`..`max` */
    PROV_PARAM_TYPE_ENUM = 3,     /**< one of `choices`, any case */
    PROV_PARAM_TYPE_RULE = 4,     /**< `<provision/rule.h>` */
    PROV_PARAM_TYPE_TRIGGER = 5,  /**< a condition of that language */
    PROV_PARAM_TYPE_REPORT = 6,   /**< a report rule of that language */
    PROV_PARAM_TYPE_DELAYS = 7,   /**< prov_delays_get() of `<provision/sched.h>` */
    PROV_PARAM_TYPE_HHMM = 8,     /**< `0000`..`2400`; anything else counts as unset */
    PROV_PARAM_TYPE_UPGRADE = 9,  /**< an upgrade rule of that language */
    PROV_PARAM_TYPE_SERVER = 10,  /**< name or address, and `:port` if need be */
    PROV_PARAM_TYPE_HOST = 11,    /**< name or address */
    PROV_PARAM_TYPE_HOSTS = 12,   /**< a comma list of these */
    PROV_PARAM_TYPE_CODES = 13,   /**< a comma list of decimal numbers, `min`..`max` */
};

/** Marks on parameters; bits of `prov_param_info.flags`. */
enum {
    PROV_PARAM_FLAG_SECRET = 1 << 0,    /**< never shown, logged or reported */
    PROV_PARAM_FLAG_REBOOT = 1 << 1,    /**< takes effect after a reboot */
    PROV_PARAM_FLAG_READ_ONLY = 1 << 2, /**< status: provisioning does not set it */
    PROV_PARAM_FLAG_PER_LINE = 1 << 3,  /**< `_n_` in `name` stands for any line number */
    PROV_PARAM_FLAG_MAY_BE_EMPTY =
        1 << 4,                       /**< Bool, number or choice: may be empty as well. Other types
                                           always may */
    PROV_PARAM_FLAG_RESTART = 1 << 5, /**< takes effect after the phone's application restarts */
};

/** One parameter's entry. */
struct prov_param_info {
    size_t size;
    const char *name;          /**< XML name, e.g. `Resync_Periodic`, `User_ID_n_` */
    const char *synonym_of;    /**< name of the entry with all other fields; NULL: not a synonym */
    const char *default_value; /**< as text; NULL: empty. See prov_catalogue_default() */
    const char *choices;       /**< of an enumeration, separated by `|`; NULL: none */
    const char *meaning;       /**< one phrase about a host's parameter; NULL: none, as in the
                                    library's entries: see prov_catalogue_meaning() */
    uint32_t type;             /**< enum prov_param_type */
    uint32_t flags;            /**< PROV_PARAM_FLAG_… */
    uint32_t min;              /**< least value of an unsigned number or of a list of codes */
    uint32_t max;              /**< greatest value of a number or code; for other types the maximum
                                    length in bytes, 0: no limit */
    uint32_t max_line;         /**< greatest line number of a per-line parameter; 0: 999 */
    uint32_t reserved;         /**< 0 */
};

/**
 * Parameters that a host adds to those of the library, e.g. for its phone model.
 *
 * Check it once with prov_catalogue_validate(); the other functions rely on that. A zeroed struct
 * with `size` set adds nothing.
 */
struct prov_catalogue {
    size_t size;
    const struct prov_param_info *const *extra; /**< borrowed as long as the catalogue is used */
    size_t n_extra;                             /**< searched one by one: dozens, not thousands */
};

/**
 * Check the parameters of a host: names (XML names that neither the library nor an earlier entry
 * uses, in any case), types, flags, choices, and defaults that fit.
 *
 * @param      catalogue  Borrowed for the call. NULL is fine.
 * @param[out] err        `subject` is the name at fault. May be NULL.
 * @return PROV_OK; PROV_E_INVALID for a faulty entry; PROV_E_ABI.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_catalogue_validate(const struct prov_catalogue *catalogue,
                                             struct prov_error *err);

/**
 * Find the entry of a parameter in the library's catalogue.
 *
 * @param      name   As in a profile; `User_ID_3_` finds `User_ID_n_`, line numbers go to
 *                    `max_line`. A synonym finds the entry it stands for. Borrowed for the call.
 * @param[out] exact  False when the spelling differs in case. May be NULL.
 * @return Static; NULL for a name that the catalogue does not contain.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API const struct prov_param_info *prov_catalogue_find(prov_str name, bool *exact);

/**
 * Find the entry of a parameter in the library's catalogue, then in a host's.
 *
 * @param      catalogue  Validated. NULL: the library's parameters only.
 * @param      name       As for prov_catalogue_find(). Borrowed for the call.
 * @param[out] exact      As for prov_catalogue_find(). May be NULL.
 * @return Static, or the host's own entry; NULL for a name that neither contains.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API const struct prov_param_info *
prov_catalogue_find_in(const struct prov_catalogue *catalogue, prov_str name, bool *exact);

/**
 * Return entry number @p index of the library, in the order of docs/parameters.md; synonyms have
 * entries.
 *
 * @return Static; NULL past the end.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API const struct prov_param_info *prov_catalogue_at(size_t index);

/**
 * Write the proper name of a parameter: `User_ID_3_` for `user_id_3_`, the main name for a synonym.
 *
 * @param      info  The entry that @p name finds. Not NULL.
 * @param      name  Borrowed for the call.
 * @param[out] buf   Receives the name and a NUL. May be NULL when @p cap is 0.
 * @param[out] len   Bytes of the name, without NUL; set also on PROV_E_LIMIT. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT if @p cap is too small; PROV_E_INVALID if @p name does not find
 *         @p info.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_catalogue_spell(const struct prov_param_info *info, prov_str name,
                                          char *buf, size_t cap, size_t *len);

/**
 * Return the default of a parameter in a dialect (log messages about a resync differ).
 *
 * @param info     An entry; NULL gives the empty text.
 * @param dialect  Borrowed for the call. NULL: MPP.
 * @return NUL-terminated, as long-lived as @p info; never NULL.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API const char *prov_catalogue_default(const struct prov_param_info *info,
                                            const struct prov_dialect *dialect);

/**
 * Return one phrase that describes a parameter, in English. A program that does not call this
 * function and links the library statically contains none of the library's phrases.
 *
 * @param info  An entry of the library, or of a host: its `meaning`. NULL gives the empty text.
 * @return NUL-terminated, as long-lived as @p info; empty if there is none; never NULL.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API const char *prov_catalogue_meaning(const struct prov_param_info *info);

/** A field of the phone's web page. All texts are static and end in NUL. */
struct prov_catalogue_field {
    size_t size;
    const char *menu;    /**< `Info` or `Voice` */
    const char *tab;     /**< e.g. `Provisioning`; `Ext n`: there is one for each line */
    const char *section; /**< e.g. `Configuration Profile` */
    const char *label;   /**< e.g. `Resync At (HHmm)` */
    const char *name;    /**< the parameter, e.g. `Resync_At__HHmm_`; `_n_` stands for a line */
};

/**
 * Return field number @p index of the phone's web page, in the order of the page: fields of a tab
 * follow each other, and within it those of a section. Parameters of no use to a person, such as
 * leftovers of older phones, have no field. A program that does not call this function and links
 * the library statically does not contain the table.
 *
 * @param[in,out] out  `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND past the last field; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_catalogue_field_get(size_t index, struct prov_catalogue_field *out);

/**
 * Check whether a value fits a parameter's type. Any text fits PROV_PARAM_TYPE_HHMM: a text that is
 * not a time is stored and counts as unset. Rules, triggers and reports are not parsed here, but by
 * prov_rule_check_value() of `<provision/rule.h>`.
 *
 * @param      info   Not NULL.
 * @param      value  Borrowed for the call. Blanks around it do not count.
 * @param[out] err    `subject` is the name, `message` names the allowed values but never repeats
 *                    the value. May be NULL.
 * @return PROV_OK; PROV_E_VALUE; PROV_E_LIMIT: a server of more than 255 bytes; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_catalogue_check(const struct prov_param_info *info, prov_str value,
                                          struct prov_error *err);

/**
 * Return a choice as its parameter's entry spells it: `$MAC` for ` $mac`. An agent stores, compares
 * and expands this spelling.
 *
 * @param info   Not NULL.
 * @param value  Borrowed as long as the result is used.
 * @return Static; @p value itself when it is not a choice of the parameter, or the parameter has no
 *         choices.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_str prov_catalogue_choice(const struct prov_param_info *info, prov_str value);

/**
 * Return whether a parameter's value must never be shown, logged or reported. Its entry decides;
 * for a name without an entry, words in the name decide, e.g. `passw`, in any case.
 *
 * @param catalogue  Validated. NULL: the library's parameters only.
 * @param name       Borrowed for the call.
 * @return true: withhold the value. false for an empty name.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API bool prov_catalogue_is_secret(const struct prov_catalogue *catalogue, prov_str name);

/**
 * Read `Yes` or `No`, in any case, with blanks around.
 *
 * @param      value  Borrowed for the call.
 * @param[out] out    Left alone unless the text is one of them. Not NULL.
 * @return false if @p value is neither.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API bool prov_value_bool(prov_str value, bool *out);

/**
 * Read a number up to 4294967295, decimal or hexadecimal behind `0x`, with blanks around.
 *
 * @param      value  Borrowed for the call.
 * @param[out] out    Left alone unless the text is one. Not NULL.
 * @return false if @p value is no such number.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API bool prov_value_unsigned(prov_str value, uint32_t *out);

#ifdef __cplusplus
}
#endif

#endif
