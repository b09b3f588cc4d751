/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A host's banks for images, and a device that reboots into them.
 *
 * An image is its load name: what `$SWVER` is when it runs. The banks die (test_die) where the
 * library calls them out of order: a write before a begin, bytes at another place than where the
 * ones before ended, an image activated that is not whole.
 */
#ifndef TEST_SUPPORT_FAKE_BANKS_H
#define TEST_SUPPORT_FAKE_BANKS_H

#include <provision/upgrade.h>

#include "device.h"

enum { FAKE_BANKS_CAP = 4096 };

struct fake_bank {
    char load[64];                      /**< empty: no whole image */
    char url[256];                      /**< it was fetched from; empty: any */
    unsigned char data[FAKE_BANKS_CAP]; /**< of all its files, one after the other */
    size_t len;
};

struct fake_banks {
    struct device *device;
    bool has_one_bank;         /**< the running image is not kept when another one is fetched */
    struct fake_bank banks[2]; /**< `banks[running]` runs */
    unsigned running, next;    /**< `next` boots next */
    bool is_broken;            /**< images that were fetched do not boot */
    bool is_reboot_wanted;
    uint32_t reboot_cause;

    struct prov_upgrade_answer answer; /**< added to `presence`, which the banks know */
    bool asks_to_wait;
    const char *versions; /**< `LOAD=$SWVER` of images, blanks between; others: LOAD */
    bool is_forgetful;    /**< it knows an image only in its first boot */
    bool is_fresh;        /**< that boot */
    const char *files;    /**< further files, blanks between; NULL: none */
    bool keeps_bytes;     /**< of a failed attempt */
    prov_status inspect_status, begin_status, write_status, finish_status, activate_status;

    struct secrets *secrets; /**< if set, no text for the host may hold one */
    struct dial *save_dial;  /**< faults of saves; NULL: none */
    struct dial *cut;        /**< if set, the power goes before or after a callback, a save or
                                       an event: the agent is freed within it */

    /* What happened. */
    size_t n_inspected, n_begun, n_finished, n_activated, n_aborted;
    uint64_t last_offset; /**< of begin */
    int64_t last_total;   /**< of begin */
    char kept_etag[PROV_UPGRADE_ETAG_CAP];
    size_t n_kept;  /**< bytes of the first file */
    size_t n_total; /**< bytes so far of the file under way */
    bool has_begun;
    uint32_t n_file; /**< of the last begin, from 0 */
    char next_files[256];
};

/** Have device_make_agent() enable upgrades with these banks, all zero or filled in. */
void fake_banks_plug_in(struct device *d, struct fake_banks *banks);

/** From now on saves count for `cut` and `save_dial`. One set of banks at a time. */
void fake_banks_watch_saves(struct fake_banks *banks);

/** The next image boots, or, if it is broken, the old one; no agent is made. */
void fake_banks_boot_next(struct fake_banks *banks);

/** The power goes, and comes back: the next image boots, or, if it is broken, the old one. */
void fake_banks_reboot(struct fake_banks *banks, const struct prov_agent_options *options);

/** Reboot as long as the device wants to, at most @p most times; returns how often. */
unsigned fake_banks_settle(struct fake_banks *banks, unsigned most);

/** The load that runs. */
const char *fake_banks_running(const struct fake_banks *banks);

#endif
