/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * First contact: activation codes and services, and the state shown on the phone's page, with the
 * last offer of each source. The state is saved in a record of the store, so that --show can print
 * it while the phone is off.
 */
#ifndef PHONE_CONTACT_H
#define PHONE_CONTACT_H

#include <provision/provision.h>

#include "common/json_object.h"

struct phone;
struct show;

enum { CONTACT_N_OFFERS = PROV_CONTACT_CODE, CONTACT_TEXT_CAP = 512 };

/** The last offer of a source. */
struct contact_offer {
    bool is_there;
    bool is_used;
    int64_t at_ms;  /* on the phone's clock since its boot; 0: before the boot */
    int64_t wall_s; /* -1: the clock was not set */
    char text[CONTACT_TEXT_CAP];
};

/** All zero: a factory-new phone. */
struct contact {
    uint32_t state;                                /* enum prov_customization */
    uint32_t contact;                              /* enum prov_contact */
    uint32_t authorization;                        /* enum prov_authorization */
    struct contact_offer offers[CONTACT_N_OFFERS]; /* of enum prov_contact - 1 */
};

/** Read the record of the store into `phone->contact`, and enable codes and services. */
prov_status contact_enable(struct phone *phone, struct prov_error *err);

/** After a turn: save the record if it changed. */
void contact_process(struct phone *phone);

/** The state of a phone that is off. */
void contact_load(struct contact *contact, const prov_store *store);

/** Print the state, with licence and certificate. */
void contact_show(struct show *show, const struct contact *contact, const prov_store *store);

/** Add the same as members of an object. */
void contact_add(struct json_object *object, const struct contact *contact,
                 const prov_store *store);

/** Show PROV_EVENT_ACTIVATION. */
void contact_show_event(struct show *show, const struct prov_activation *activation);

#endif
