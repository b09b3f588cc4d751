/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The provisioning server as offered by DHCP: raw options in, ordered offers out. Usable alone.
 *
 * The library does not speak DHCP; the host's DHCP client passes in the options it received.
 * docs/dhcp.md has the meaning of each option, the forms a value may have, and an example.
 */
#ifndef PROVISION_DHCP_H
#define PROVISION_DHCP_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Protocol that brought an option. The two number their options on their own. */
enum prov_dhcp_family {
    PROV_DHCP_V4 = 4, /**< RFC 2132 */
    PROV_DHCP_V6 = 6, /**< RFC 8415 */
};

/** One option as it was received. Frozen for good. */
struct prov_dhcp_option {
    uint32_t family; /**< enum prov_dhcp_family */
    uint32_t code;   /**< e.g. 66 */
    prov_str bytes;  /**< without code and length; parts of a long one joined (RFC 3396) */
};

/**
 * The options a DHCP client received, and the settings for reading them. Fill it after each lease,
 * with every option the client has; reading it needs no memory. The texts are borrowed as long as
 * an offer made of them is used.
 */
struct prov_dhcp_lease {
    size_t size;
    const struct prov_dhcp_option *options; /**< n_options in any order; irrelevant ones may be
                                                 included */
    size_t n_options;                       /**< 0: none */
    prov_str use_v4;       /**< value of `DHCP_Option_To_Use`; NULL `data`: absent, the default
                                applies; empty with `data`: use no option */
    prov_str use_v6;       /**< likewise `DHCPv6_Option_To_Use` */
    prov_str vendor_class; /**< option 60 as the device sent it; an echo of it is not an offer */
    uint8_t v6_first;      /**< 1: DHCPv6 precedes DHCPv4 */
    uint8_t reserved[7];   /**< 0 */
};

/** Result of reading an option. Numbers are never reused. */
enum prov_dhcp_verdict {
    PROV_DHCP_CHOSEN = 1,        /**< the first usable one */
    PROV_DHCP_BEATEN = 2,        /**< usable, but another one precedes it */
    PROV_DHCP_NOT_LISTED = 3,    /**< not among the options to use, nor a domain */
    PROV_DHCP_EMPTY = 4,         /**< nothing but blanks or NULs */
    PROV_DHCP_NOT_TEXT = 5,      /**< control characters, or characters beyond ASCII */
    PROV_DHCP_NOT_A_SERVER = 6,  /**< text that is neither server nor URL nor rule */
    PROV_DHCP_CLASS = 7,         /**< option 60 names a class of devices, not a server */
    PROV_DHCP_MALFORMED = 8,     /**< a length inside exceeds the option */
    PROV_DHCP_NO_SUB_OPTION = 9, /**< no sub-option holds a URL or a rule */
};

/** Content of a usable option. */
enum prov_dhcp_kind {
    PROV_DHCP_SERVER = 1, /**< scheme, host and port, for rules that name no server */
    PROV_DHCP_URL = 2,    /**< with a path: a whole profile rule */
    PROV_DHCP_RULE = 3,   /**< `[--key …] URL`: a whole profile rule */
    PROV_DHCP_DOMAIN = 4, /**< a domain (option 15, DHCPv6 24), whose SRV records name the servers;
                               used if no other option is usable */
};

/**
 * One option as it was read: whether it is used, and why not, for a person to see which option of a
 * lease decides. Texts point into the bytes of the option, so they are valid as long as those of
 * the lease. Give a chosen one to prov_agent_set_dhcp().
 */
struct prov_dhcp_offer {
    size_t size;
    uint32_t family;  /**< enum prov_dhcp_family */
    uint32_t code;    /**< of the option */
    uint32_t verdict; /**< enum prov_dhcp_verdict */
    uint32_t kind;    /**< enum prov_dhcp_kind; 0: not usable */
    uint32_t
        enterprise; /**< whose sub-options they are (options 125 and v6 17); 0: does not apply */
    uint32_t sub_option; /**< code of the sub-option `text` stood in; 0: does not apply */
    prov_str bytes;      /**< as received */
    prov_str text;       /**< the value: blanks and NULs trimmed, first of a list; may hold secrets;
                                empty when addresses came as numbers */
    prov_str scheme;     /**< lower case, static; empty: none written */
    prov_str host;       /**< without brackets; the domain; empty when addresses came as numbers,
                                and for a domain of DHCPv6 */
    size_t n_servers;    /**< for prov_dhcp_server_get(); 0: not usable */
    const char *why;     /**< reason why it is not usable: one static phrase without any of its
                              text; for PROV_DHCP_NOT_A_SERVER the expected form. NULL: usable, or
                              not listed */
    uint16_t port;       /**< 0: none written */
    uint8_t reserved[6]; /**< 0 */
};

/**
 * Return one offer, in order of precedence: options whose code is listed, family by family, then
 * the rest. Each option makes one offer.
 *
 * @param         lease  Borrowed for the call; the bytes of its options as long as @p out is used.
 *                       Not NULL.
 * @param         index  0 has the highest precedence; up to `n_options` - 1.
 * @param[in,out] out    `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND past the last; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread. Cost is linear in the
 *        options and their bytes.
 */
PROV_API prov_status prov_dhcp_offer_get(const struct prov_dhcp_lease *lease, size_t index,
                                         struct prov_dhcp_offer *out, struct prov_error *err);

/**
 * Return the first usable offer; its verdict is PROV_DHCP_CHOSEN.
 *
 * @param         lease  As in prov_dhcp_offer_get().
 * @param[in,out] out    As in prov_dhcp_offer_get(). For prov_agent_set_dhcp().
 * @return PROV_OK; PROV_E_NO_SERVER when none is usable; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_dhcp_choose(const struct prov_dhcp_lease *lease,
                                      struct prov_dhcp_offer *out, struct prov_error *err);

/**
 * Write a server of an offer as `[scheme://]host[:port]`, as prov_rule_target_resolve() takes it.
 * Of a domain it is the SRV name, `https://_ciscoprov-https._tls.DOMAIN`, then that of `http`.
 *
 * @param      offer  Borrowed for the call. Not NULL.
 * @param      index  Below `n_servers`; they are to be tried in this order until one answers.
 * @param[out] buf    Receives the text and a NUL. May be NULL when @p cap is 0.
 * @param      cap    Bytes at @p buf.
 * @param[out] len    Bytes of the text, without NUL; set also on PROV_E_LIMIT. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT if @p cap is too small; PROV_E_NOT_FOUND past the last server;
 *         PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_dhcp_server_get(const struct prov_dhcp_offer *offer, size_t index,
                                          char *buf, size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
