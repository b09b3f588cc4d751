/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A device whose commits are on trial.
 */
#ifndef TEST_SUPPORT_TRIAL_DEVICE_H
#define TEST_SUPPORT_TRIAL_DEVICE_H

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

enum { TRIAL_S = 600 };

/** Trials of TRIAL_S, and the parameters of `device_catalogue`. */
struct prov_agent_options trial_options(void);

/** A device on a disk, or with a store in memory for NULL; its agent has not run yet. */
void trial_plug_in(struct device *d, struct disk *disk, uint32_t boot_cause);

/** Ask for the stored rule, whose file is @p profile. */
void trial_resync(struct device *d, const char *profile);

/** Booted, with GOOD committed and confirmed. */
void trial_start_with_good(struct device *d, struct disk *disk);

/** Dies unless everything is as GOOD left it. */
void trial_assert_good(struct device *d);

/** Whether BAD is what counts. */
bool trial_is_bad(struct device *d);

/** Dies unless the events since the last look have this line. Takes them. */
void trial_assert_told(struct device *d, const char *line);

/** Dies if they have. */
void trial_assert_not_told(struct device *d, const char *line);

#endif
