/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Status, parameters and DHCP options as JSON: one object (RFC 8259) per line. */
#ifndef PHONE_JSON_H
#define PHONE_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include <provision/provision.h>

#include "common/json_object.h"

#include "contact.h"

/**
 * Add the members of a parameter and of the origin of its value. Values of secret parameters are
 * left out.
 *
 * @param value  Secrets inside are masked already.
 * @return EXIT_OK; EXIT_MACHINE without memory.
 */
int json_add_parameter(struct json_object *object, const prov_store *store, prov_str name,
                       const char *value, bool is_secret);

/**
 * Write that the phone @p name has booted an image. @p note  Message of the boot loader; empty:
 * none.
 */
void json_boot(FILE *out, const char *name, const char *sw_version, const char *note);

/** Write that a door of the phone, `http` or `sip`, is open at an address with a port. */
void json_door(FILE *out, const char *name, const char *door, const char *address);

/** Write the status and last result of each job, one object per line. */
void json_status(FILE *out, const char *name, prov_agent *agent);

/** Add firmware, last reboots and last downloads as members. */
void json_add_device(struct json_object *object, prov_agent *agent);

/** Add the status of each job as elements of an array. */
void json_add_jobs(struct json_object *jobs, prov_agent *agent);

/** Write the state of first contact, licence and certificate. */
void json_state(FILE *out, const char *name, const struct contact *contact,
                const prov_store *store);

/** Write the verdict on a DHCP option; its text is left out, as it may contain keys. */
void json_offer(FILE *out, const char *name, const struct prov_dhcp_offer *offer);

/** Write that @p path has a lease, or why it is refused; NULL: it is not. */
void json_lease(FILE *out, const char *name, const char *path, size_t n_options,
                const struct prov_error *refusal);

#endif
