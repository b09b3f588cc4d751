/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Status, parameters and DHCP options as JSON: one object (RFC 8259) a line. */
#ifndef PHONE_JSON_H
#define PHONE_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include <provision/provision.h>

#include "common/json_object.h"

#include "contact.h"

/**
 * Add the members of one parameter and of the origin of its value; values are left out when they
 * are secret.
 *
 * @param value  Secrets inside are masked already.
 * @return EXIT_OK; EXIT_MACHINE without memory.
 */
int json_add_parameter(struct json_object *object, const prov_store *store, prov_str name,
                       const char *value, bool is_secret);

/** Write that the phone @p name has booted an image. @p note of the boot loader; empty: none. */
void json_boot(FILE *out, const char *name, const char *sw_version, const char *note);

/** Write that a door of the phone, `http` or `sip`, is open at an address with a port. */
void json_door(FILE *out, const char *name, const char *door, const char *address);

/** Write the status of each job, and its last result, an object in a line for each. */
void json_status(FILE *out, const char *name, prov_agent *agent);

/** The firmware, the last reboots and the last downloads, as members. */
void json_add_device(struct json_object *object, prov_agent *agent);

/** The status of each job, as elements of an array. */
void json_add_jobs(struct json_object *jobs, prov_agent *agent);

/** Write the state of first contact, licence and certificate. */
void json_state(FILE *out, const char *name, const struct contact *contact,
                const prov_store *store);

/** Write what became of one DHCP option; its text is left out, it may hold keys. */
void json_offer(FILE *out, const char *name, const struct prov_dhcp_offer *offer);

/** Write that a lease came from @p path, or why it is refused; NULL: it is not. */
void json_lease(FILE *out, const char *name, const char *path, size_t n_options,
                const struct prov_error *refusal);

#endif
