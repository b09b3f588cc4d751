/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * `$NAME` expansion: one pass, into the caller's buffer. Usable alone.
 *
 * Source: MPP Administration Guide 11.3, "Provisioning Formats", macro expansion and its variables.
 */
#ifndef PROVISION_MACRO_H
#define PROVISION_MACRO_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Flags of prov_macro_expand(), passed on to `prov_vars.find`. */
enum {
    /** The text is a rule: arguments of `--key`, `--uid`, `--pwd` in `[ ]` may use secrets. */
    PROV_MACRO_RULE = 1 << 0,
    /** With PROV_MACRO_RULE: only `--key` arguments may (`prov_dialect.key_only_secrets`). */
    PROV_MACRO_KEY_ONLY = 1 << 1,
    /**
     * Write `***` in place of everything that prov_rule_redact() masks. The result is fit for a log
     * unless the value of a macro contains options itself.
     */
    PROV_MACRO_MASK = 1 << 2,
    /**
     * Only passed to `find`, never by the caller: a secret may be used at the place of this
     * reference.
     */
    PROV_MACRO_SECRET_OK = 1 << 3,
};

/** Source of values. Frozen for good. */
struct prov_vars {
    /**
     * REQUIRED. Find the value of @p name.
     *
     * @param      name   Without `$`; borrowed for the call.
     * @param      flags  PROV_MACRO_SECRET_OK or 0.
     * @param[out] value  Borrowed until the next call of this function.
     * @return PROV_OK; PROV_E_NOT_FOUND for an unknown name (the reference is copied unchanged).
     *         Every other status ends the expansion, which returns it.
     */
    prov_status (*find)(void *ctx, prov_str name, uint32_t flags, prov_str *value);
    void *ctx;
};

/**
 * Expand `$NAME`, `$(NAME)`, `$(NAME:p)` and `$(NAME:p:q)` in @p text; `$$` gives one dollar.
 *
 * A name is the longest run of letters and digits (and `GPP_A`..`GPP_P`, `GPP_SA`..`GPP_SD`); the
 * value of a name is not expanded again. Malformed and unknown references are copied unchanged.
 *
 * @param      text   Borrowed for the call. Any bytes; NUL is not special.
 * @param      vars   `find` is called once per reference. Not NULL.
 * @param      flags  PROV_MACRO_RULE, PROV_MACRO_KEY_ONLY, PROV_MACRO_MASK or 0.
 * @param[out] buf    Receives the result and a NUL if there is room. May be NULL when @p cap is 0.
 * @param      cap    Bytes at @p buf.
 * @param[out] len    Bytes the whole result needs, without NUL; set also on PROV_E_LIMIT. Not NULL.
 * @param[out] err    Detail on failure; `offset` is a byte offset into @p text. May be NULL.
 * @return PROV_OK; PROV_E_LIMIT if the result and its NUL do not fit in @p cap; any status of @p
 *         vars; PROV_E_HOST if @p vars returned a text without data; PROV_E_INVALID.
 * @since 0.1. Reentrant; allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_macro_expand(prov_str text, const struct prov_vars *vars, uint32_t flags,
                                       char *buf, size_t cap, size_t *len, struct prov_error *err);

/**
 * Map a byte of an expansion to its origin in the unexpanded @p text, so that an error in the
 * expanded text can be shown in the text as written.
 *
 * @param      text      As given to the expansion. Borrowed for the call.
 * @param      vars      As given to the expansion; it must return the same values. Not NULL.
 * @param      flags     As given to the expansion.
 * @param      expanded  Byte offset in the expansion; its length or more gives the end of @p text.
 * @param[out] offset    Byte offset into @p text; inside a macro's value, that of its `$`. Not
 *                       NULL.
 * @return PROV_OK; any status of @p vars; PROV_E_HOST if @p vars returned a text without data;
 *         PROV_E_INVALID.
 * @since 0.1. Reentrant; allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_macro_locate(prov_str text, const struct prov_vars *vars, uint32_t flags,
                                       size_t expanded, size_t *offset);

/** Properties of a device; filled once by the host. Zero means unknown. */
struct prov_device {
    size_t size;
    uint8_t mac[6];      /**< `$MA`, `$MAU`, `$MAC` */
    uint8_t has_ccert;   /**< 1: a client certificate is installed (`$CCERT`) */
    uint8_t is_custom;   /**< 1: remotely customised (`$ISCUST`) */
    uint32_t reserved;   /**< 0 */
    prov_str product;    /**< `$PN`, e.g. `CP-8841-3PCC` */
    prov_str series;     /**< `$PSN`, e.g. `8841` */
    prov_str serial;     /**< `$SN` */
    prov_str sw_version; /**< `$SWVER`, e.g. `sip88xx.11-3-1MPP-110.loads` */
    prov_str hw_version; /**< `$HWVER` */
    prov_str version; /**< `$VERSION`, e.g. `Cisco-CP-8841-3PCC/11.0`; empty: product/sw_version */
    prov_str ip;      /**< `$IP` */
    prov_str external_ip; /**< `$EXTIP` */
    prov_str ems;         /**< `$EMS`, extension-mobility status */
    prov_str orig_type;   /**< `$ORIGTYPE`; empty: `none` */
    prov_str auth_status; /**< `$AUTHSTATUS`; empty: `none`; prov_agent_set_authorization() */
};

/**
 * Properties of the current operation. An empty text, and 0 in `upgst` and `port`, mean unknown:
 * the macro expands to nothing. The other numbers are used as they are, 0 included. Before the
 * first prov_macro_vars_set_operation() all of these macros expand to nothing, so `$PRVTMR ge 600`
 * does not parse.
 */
struct prov_operation {
    size_t size;
    int32_t prvst;        /**< `$PRVST`: -1 explicit, 0 power-up, 1 periodic, 2 retry */
    int32_t upgst;        /**< `$UPGST`: 0 none, 1 first attempt, 2 retry */
    int64_t prvtmr_s;     /**< `$PRVTMR`: seconds since the last resync attempt */
    int64_t upgtmr_s;     /**< `$UPGTMR`: seconds since the last upgrade attempt */
    int64_t regtmr_s[2];  /**< `$REGTMR1`, `$REGTMR2`: seconds since a line lost registration */
    prov_str scheme;      /**< `$SCHEME`, `$METH` */
    prov_str server;      /**< `$SERV`; an IPv6 address gets brackets there */
    prov_str server_ip;   /**< `$SERVIP`; likewise */
    prov_str path;        /**< `$PATH` */
    prov_str err;         /**< `$ERR` */
    prov_str upgerr;      /**< `$UPGERR` */
    uint16_t port;        /**< `$PORT`; 0 unknown */
    uint16_t reserved[3]; /**< 0 */
};

/** The documented variables of one device, as a `prov_vars`. */
typedef struct prov_macro_vars prov_macro_vars;

/** How the variables read parameters: `GPP_A`.., `GPP_SA`.., `User_ID_n_`. Frozen for good. */
struct prov_param_source {
    /**
     * REQUIRED. Copy the value of parameter @p name to @p buf, and set @p len to its length.
     * @return PROV_OK; PROV_E_NOT_FOUND: the value is empty; PROV_E_LIMIT with @p len set: the
     *         function is called again with that much room. Every other status ends the expansion.
     */
    prov_status (*get)(void *ctx, prov_str name, char *buf, size_t cap, size_t *len);
    void *ctx;
};

/**
 * Create the variables of one device.
 *
 * @param[out] out     New; ended by prov_macro_vars_free(). NULL on failure.
 * @param      device  Copied, texts included. Not NULL.
 * @param      params  Source of GPP values, read each time one is used. Copied; the object at `ctx`
 *                     must outlive the handle. NULL: all parameters are empty.
 * @param      host    Asked first, so a host may add or replace variables. Copied; may be NULL.
 * @param      alloc   Copied. NULL: the C library.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_macro_vars_new(prov_macro_vars **out, const struct prov_device *device,
                                         const struct prov_param_source *params,
                                         const struct prov_vars *host,
                                         const struct prov_alloc *alloc, struct prov_error *err);

/**
 * Set the properties of the current operation; they replace all earlier ones.
 *
 * @param op  Copied, but its texts are borrowed until the next call or prov_macro_vars_free().
 *            NULL: unknown again.
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Not from within `find` or `get`.
 */
PROV_API prov_status prov_macro_vars_set_operation(prov_macro_vars *macro_vars,
                                                   const struct prov_operation *op);

/**
 * The handle as a source of values, for prov_macro_expand() and prov_rule_prepare().
 *
 * @param macro_vars  NULL: a source without `find`, which is PROV_E_INVALID where it is used.
 * @return Valid until prov_macro_vars_free().
 * @since 0.1. Safe from any callback.
 */
PROV_API struct prov_vars prov_macro_vars_view(prov_macro_vars *macro_vars);

/**
 * End the handle; values it has read are wiped.
 *
 * @param macro_vars  NULL is fine.
 * @since 0.1. Not from its callbacks.
 */
PROV_API void prov_macro_vars_free(prov_macro_vars *macro_vars);

#ifdef __cplusplus
}
#endif

#endif
