/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** State of a device that is kept between fetches: account, DHCP offers, traces, log. */
#ifndef PROVI_FETCH_FETCHER_H
#define PROVI_FETCH_FETCHER_H

#include "env/env.h"
#include "fetch/account.h"
#include "fetch/dhcp.h"
#include "fetch/syslog.h"
#include "fetch/trace.h"
#include "persist/records.h"

struct provi_attempt;

struct provi_fetcher {
    struct provi_env *env;
    struct provi_records *records;

    struct provi_account *account; /* NULL: no server has asked yet */
    struct provi_dhcp *dhcp;       /* the offer in force; NULL: none */
    struct provi_dhcp
        *next_dhcp; /* the offer for the next resync, if `has_next_dhcp`; NULL: none */
    bool has_next_dhcp;
    uint32_t n_offers; /* of DHCP since the start */
    struct provi_traces traces;
    int64_t last_attempt_ms; /* when the last resync started; boot before the first */
    int64_t last_upgrade_ms; /* likewise, of upgrades */
    int32_t upgst;           /* `$UPGST` of the upgrade under way; 0: none */
    const char *upgrade_err; /* `$UPGERR`; NULL: none */
    bool has_activation;     /* gds:// rules wait for a code, unless a transport has that scheme */
    bool is_code_wanted;     /* a gds:// rule waited for a code in this resync */
    struct provi_syslog *syslog; /* NULL: no message yet */
    prov_str factory_servers;    /* of a resync, in place of those of DHCP; empty: those */
    prov_str
        other_rule; /* requested where the server does not have the file; empty: none. Static */
    /**
     * Choose `other_rule` for an attempt whose fetch failed. False: it does not apply, or there is
     * no memory. NULL: never.
     */
    bool (*choose_other_place)(struct provi_attempt *attempt);
};

#endif
