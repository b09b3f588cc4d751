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
    const char *version_of_image; /**< what `$SWVER` is if a fetched image runs; NULL: its load */
    const char *files;            /**< further files, blanks between; NULL: none */
    bool keeps_bytes;             /**< of a failed attempt */
    prov_status inspect_status, begin_status, write_status, finish_status, activate_status;

    /* What happened. */
    size_t n_inspected, n_begun, n_finished, n_activated, n_aborted;
    uint64_t last_offset; /**< of begin */
    char kept_etag[PROV_UPGRADE_ETAG_CAP];
    size_t n_kept;  /**< bytes of the first file */
    size_t n_total; /**< bytes so far of the file under way */
    bool has_begun;
    char next_files[256];
};

/** Have device_make_agent() enable upgrades with these banks, all zero or filled in. */
void fake_banks_plug_in(struct device *d, struct fake_banks *banks);

/** The power goes, and comes back: the next image boots, or, if it is broken, the old one. */
void fake_banks_reboot(struct fake_banks *banks, const struct prov_agent_options *options);

/** Reboot as long as the device wants to, at most @p most times; returns how often. */
unsigned fake_banks_settle(struct fake_banks *banks, unsigned most);

/** The load that runs. */
const char *fake_banks_running(const struct fake_banks *banks);

#endif
