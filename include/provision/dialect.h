/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Differences between families of phones: one field per difference, two presets.
 */
#ifndef PROVISION_DIALECT_H
#define PROVISION_DIALECT_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Presets of prov_dialect_get(). Numbers are never reused. */
enum prov_dialect_id {
    PROV_DIALECT_MPP = 0, /**< Cisco multiplatform phones, by their guide "Provisioning Methods" */
    PROV_DIALECT_SPA = 1, /**< their ancestors: Sipura, Linksys and Cisco SPA */
};

/**
 * One record of all differences. Every field is zero in the MPP preset, so a zeroed struct (with
 * `size` set) is the default behaviour. docs/dialects.md describes both meanings of each field.
 */
struct prov_dialect {
    size_t size;
    uint32_t id;             /**< enum prov_dialect_id the record started from */
    bool log_dashes;         /**< default log messages have ` -- ` after `$MAC` */
    bool triggers_start;     /**< a true Resync_Trigger starts a resync instead of permitting one */
    bool self_closing_keeps; /**< `<X/>` leaves the value as it is instead of emptying it */
    bool missing_ua_resets;  /**< an element without `ua` sets access back to the default */
    bool retry_zero_at_once; /**< retry delay 0 retries at once instead of never */
    bool force_on_deadline;  /**< Forced_Resync_Delay ends the wait even while a line is active */
    bool key_only_secrets;   /**< `$SA`..`$SD` expand for `--key` only, not for `--uid`, `--pwd` */
    bool hash_comments_anywhere; /**< `#` outside quotes ends a rule anywhere, not only in front */
    uint8_t reserved[4];         /**< 0 */
};

/**
 * A preset, to use as is or to copy and change.
 *
 * @param id  enum prov_dialect_id.
 * @return Static; NULL for an unknown @p id.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API const struct prov_dialect *prov_dialect_get(uint32_t id);

#ifdef __cplusplus
}
#endif

#endif
