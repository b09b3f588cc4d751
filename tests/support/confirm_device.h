/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A device whose commits need confirmation.
 */
#ifndef TEST_SUPPORT_CONFIRM_DEVICE_H
#define TEST_SUPPORT_CONFIRM_DEVICE_H

#include "device.h"
#include "disk.h"

#define GOOD "<flat-profile><GPP_A>good</GPP_A></flat-profile>"
#define BAD                                                                                        \
    "<flat-profile><GPP_A "                                                                        \
    "ua=\"rw\">bad</GPP_A><GPP_B>bad</GPP_B><GPP_C>bad</GPP_C></flat-profile>"
#define BAD_WITH_REMARK                                                                            \
    "<flat-profile><!-- made 03:11 --><GPP_A ua=\"rw\">bad</GPP_A>\n<GPP_B>bad</GPP_B>"            \
    "<GPP_C>bad</GPP_C></flat-profile>"
#define OTHER "<flat-profile><GPP_A>other</GPP_A><GPP_B>other</GPP_B></flat-profile>"

enum { CONFIRM_S = 600 };

/** A confirm timeout of CONFIRM_S, and the parameters of `device_catalogue`. */
struct prov_agent_options confirm_options(void);

/** A device on a disk, or with a store in memory for NULL; its agent has not run yet. */
void confirm_plug_in(struct device *d, struct disk *disk, uint32_t boot_cause);

/** Ask for the stored rule, whose file is @p profile. */
void confirm_resync(struct device *d, const char *profile);

/** Booted, with GOOD committed and confirmed. */
void confirm_start_with_good(struct device *d, struct disk *disk);

/** Unplug it as by a power cut: the disk keeps only durable data. */
void confirm_lose_power(struct device *d, struct disk *disk);

/** Fails unless all values are those of GOOD. */
void confirm_assert_good(struct device *d);

/** Whether the values of BAD are in force. */
bool confirm_is_bad(struct device *d);

/** Fails unless the events since the last call include this line. Removes them. */
void confirm_assert_reported(struct device *d, const char *line);

/** Fails if they do. */
void confirm_assert_not_reported(struct device *d, const char *line);

#endif
