/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The virtual phone as the library's host: clocks, lines, and the receiver of events. */
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
#include "show/show.h"
#include "wire.h"

/** The context of the callbacks; must outlive the agent. */
struct phone {
    struct show show;
    struct wire wire; /* with --verbose */
    const struct options *options;
    const char *name; /* MAC address, if there are several phones; empty: there is one */
    struct clock clock;
    prov_agent *agent; /* NULL: the phone is off */
    prov_curl *curl;   /* shared with the other phones */
    prov_tls_identity *identity;
    prov_store *store;
    struct control *control;                    /* NULL: none */
    struct web *web;                            /* NULL: none */
    struct sip *sip;                            /* NULL: none */
    struct leases *leases;                      /* of --dhcp-lease; NULL: none */
    bool has_dhcp_change;                       /* the choice of options has changed */
    struct contact contact;                     /* first contact, and the authorization */
    struct contact noted;                       /* the same as saved in the store's record */
    struct prov_client_certificate certificate; /* of --client-cert */
    char *device_ca;        /* PEM of the CAs that may issue the next certificate; owned */
    struct flash flash;     /* with a store */
    const char *sw_version; /* of the running image */
    const char *account;    /* `user:password` for servers that require it; NULL: none */
    bool has_answered;      /* the account was used once: if requested again, it is wrong */
    bool is_json;
    bool confirms;       /* confirm when a resync was successful */
    bool is_unconfirmed; /* applied values wait for a confirmation */
    bool is_testing;     /* the running image waits for a confirmation */
    bool has_call;
    int64_t call_ends_ms;     /* on the phone's clock; -1: by call_end() only */
    bool is_link_lost;        /* SIGRTMIN toggles it */
    struct file file;         /* of --fetch */
    struct problem problem;   /* reports of problems */
    uint32_t boot_cause;      /* enum prov_cause; 0: the program was started */
    bool wants_factory_reset; /* reset at the next boot */
    bool resyncs_at_boot;     /* resync at once after the next boot */
    bool wants_reboot;        /* reboot when possible */
    bool restarts;            /* reboot at once */
    uint32_t next_boot;       /* cause of the next boot, enum prov_cause */
    bool is_ended;            /* ended by the control socket */
    uint32_t awaited;         /* the job that --once waits for, enum prov_job */
    bool has_result;          /* that job has ended */
    bool has_failed;          /* at least a part of it failed */
};

/** Fill in the device callbacks of @p host; prov_store_bind() fills in the others. */
void host_fill(struct prov_host *host, struct phone *phone);

/** The phone's own values of the status document. */
struct prov_report_host host_report(struct phone *phone);

/** Enable the optional jobs of the phone. Before the first turn. */
prov_status host_enable_jobs(struct phone *phone, struct prov_error *err);

/**
 * Drop the records of timers, validators and history: a phone that runs for one resync has no next
 * retry, must fetch its file whole, and writes to its store only if a value changes. After
 * prov_store_bind().
 */
void host_use_memory_records(struct prov_host *host);

/** Show a line about the phone itself, e.g. `a call begins`; none with --json. */
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

/**
 * After a reboot: report the result of an upgrade that --once waits for, if it is known already.
 */
void host_recall_upgrade(struct phone *phone);

/** Confirm everything that waits for a confirmation. @return As prov_agent_confirm(). */
prov_status host_confirm(struct phone *phone, struct prov_error *err);

/** Report the network link as lost, or as restored. @return As prov_agent_network(). */
prov_status host_set_link(struct phone *phone, bool is_lost, struct prov_error *err);

#endif
