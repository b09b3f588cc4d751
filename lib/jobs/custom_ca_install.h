/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The custom CA put in and taken out: what host, store and the next boot know of it. */
#ifndef PROVI_JOBS_CUSTOM_CA_INSTALL_H
#define PROVI_JOBS_CUSTOM_CA_INSTALL_H

#include <provision/base.h>

#include "decode/digest.h"

#define PROVI_CUSTOM_CA_RULE "Custom_CA_Rule"

struct provi_env;
struct provi_custom_ca;

/** Certificates that were fetched. */
struct provi_ca_file {
    prov_str pem;
    struct provi_digest source; /* the rule they come from, as expanded */
};

/**
 * Give the host these in place of what it has, which stays unless the store has committed them.
 */
prov_status provi_custom_ca_install(struct provi_custom_ca *ca, const struct provi_ca_file *file,
                                    struct prov_error *err);

/** Take away what the host has; likewise. */
prov_status provi_custom_ca_take_away(struct provi_custom_ca *ca, struct prov_error *err);

/** None could be had: `Custom_CA_Provisioning_Status` says so. */
void provi_custom_ca_report_failed(struct provi_custom_ca *ca);

/** Give the host what was kept over the reboot. */
void provi_custom_ca_boot(struct provi_custom_ca *ca);

#endif
