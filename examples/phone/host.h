/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The virtual phone as the library's host: clocks, lines, and where events go. */
#ifndef PHONE_HOST_H
#define PHONE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include <provision/provision.h>

#include "clock.h"
#include "contact.h"
#include "file.h"
#include "flash.h"
#include "lease.h"
#include "problem.h"
#include "show.h"
#include "wire.h"

/** What the callbacks work on; must outlive the agent. */
struct phone {
    struct show show;
    struct wire wire; /* with --verbose */
    const struct options *options;
    const char *name; /* among other phones, its MAC address; empty: it is the only one */
    struct clock clock;
    prov_agent *agent; /* NULL: the phone is off */
    prov_curl *curl;   /* shared with the other phones */
    prov_tls_identity *identity;
    prov_store *store;
    struct control *control;                    /* NULL: none */
    struct web *web;                            /* NULL: none */
    struct sip *sip;                            /* NULL: none */
    struct leases *leases;                      /* of --dhcp-lease; NULL: none */
    bool has_dhcp_change;                       /* of the options to use */
    struct contact contact;                     /* first contact, and the authorization … */
    struct contact noted;                       /* … as the record of the store has them */
    struct prov_client_certificate certificate; /* of --client-cert */
    char *device_ca;                            /* CAs that may issue the next one, PEM; owned */
    struct flash flash;                         /* with a store */
    const char *sw_version;                     /* of the running image */
    const char *account; /* `user:password` for servers that ask; NULL: none */
    bool has_answered;   /* it was given once: asked again, it is wrong */
    bool is_json;
    bool confirms;       /* by itself, when a resync has ended well */
    bool is_unconfirmed; /* what was applied waits for a confirmation … */
    bool is_testing;     /* … and so does the image */
    bool has_call;
    int64_t call_ends_ms;     /* by itself, on the phone's clock; -1: it does not */
    bool is_link_lost;        /* SIGRTMIN loses it and brings it back */
    struct file file;         /* of --fetch */
    struct problem problem;   /* reports of problems */
    uint32_t boot_cause;      /* why it booted, enum prov_cause; 0: the program was started */
    bool wants_factory_reset; /* at the next boot */
    bool resyncs_at_boot;     /* at once, after the next boot */
    bool wants_reboot;        /* and then boots … */
    bool restarts;            /* likewise, but at once … */
    uint32_t next_boot;       /* … with this, enum prov_cause */
    bool is_ended;            /* the control socket ended the phone */
    uint32_t awaited;         /* the job whose end ends --once, enum prov_job */
    bool has_result;          /* it has ended … */
    bool has_failed;          /* … at least in part */
};

/** Fill the device half of @p host; prov_store_bind() fills the other. */
void host_fill(struct prov_host *host, struct phone *phone);

/** The phone's own part of the status document. */
struct prov_report_host host_report(struct phone *phone);

/** Enable the jobs of the phone that are opt-in. Before the first turn. */
prov_status host_enable_jobs(struct phone *phone, struct prov_error *err);

/**
 * Of the records that outlive a reboot, keep all but timers, validators and history: a phone that
 * lives for one resync has no next retry, is to fetch its file whole, and writes nothing to its
 * store unless a value changes. After prov_store_bind().
 */
void host_keep_for_once(struct prov_host *host);

/** A line of the phone's own, e.g. `a call begins`; none with --json. */
void host_note(struct phone *phone, const char *note);

/** Report that a door, `http` or `sip`, is open at an address with a port. */
void host_report_door(struct phone *phone, const char *door, const char *address);

/**
 * Request a job, as the command line and the control socket do.
 *
 * @param verb  enum prov_verb.
 * @param rule  This rule only; empty: the stored ones.
 * @return As prov_agent_request().
 */
prov_status host_request(struct phone *phone, uint32_t verb, prov_str rule, struct prov_error *err);

/** After a reboot: the result of an upgrade that --once awaits, if it was settled before. */
void host_recall_upgrade(struct phone *phone);

/** Confirm what waits for a confirmation. @return As prov_agent_confirm(). */
prov_status host_confirm(struct phone *phone, struct prov_error *err);

/** Lose the network link, or bring it back. @return As prov_agent_network(). */
prov_status host_set_link(struct phone *phone, bool is_lost, struct prov_error *err);

#endif
