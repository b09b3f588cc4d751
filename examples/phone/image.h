/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The phone as the host of firmware upgrades: images are written to the bank that is not running.
 */
#ifndef PHONE_IMAGE_H
#define PHONE_IMAGE_H

#include <provision/provision.h>

struct flash;

/** Let the agent carry out Upgrade_Rule. @p flash must outlive it. */
prov_status image_enable(prov_agent *agent, struct flash *flash, uint32_t confirm_timeout_s,
                         struct prov_error *err);

#endif
