/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Reports: the device's configuration, the changes of it, or its status, sent to the targets of
 * `Report_Rule`. A program that does not call prov_agent_enable_report() links none of it from the
 * static library.
 *
 * docs/reports.md describes times and contents of reports.
 */
#ifndef PROVISION_REPORT_H
#define PROVISION_REPORT_H

#include <provision/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One value of the status document. Texts are borrowed until the next call. */
struct prov_report_field {
    size_t size;
    prov_str section; /**< the element around it, e.g. `Phone_Status`: an XML name */
    prov_str name;    /**< its own element, e.g. `Current_Time`: an XML name; the label on the
                           phone's page with `_` for blanks */
    prov_str value;   /**< one line of UTF-8; sent empty if prov_catalogue_is_secret() holds for
                           `name` */
};

/** The host's part of reports. Copied member by member; `ctx` must outlive the agent. */
struct prov_report_host {
    size_t size;
    void *ctx; /**< first argument of the callback */
    /**
     * OPTIONAL. Return field @p index of the host's part of the status document (`[--status]`).
     * Consecutive fields of one section form one element. Do not include user names and secrets.
     * Called while a report is sent, also from `process` of a transport: it must not block, and
     * must not call the library. Called from index 0 on, several times for a report; it must return
     * the same fields each time.
     *
     * @param[in,out] out  `size` is set; the rest is zero on entry.
     * @return PROV_OK; PROV_E_NOT_FOUND past the last. Every other status fails the report.
     */
    prov_status (*status)(void *ctx, size_t index, struct prov_report_field *out,
                          struct prov_error *err);
};

/**
 * Carry out `Report_Rule`, and accept PROV_VERB_REPORT. Call it before the first
 * prov_agent_process().
 *
 * @param host  Copied. NULL: the host adds nothing to the status document.
 * @return PROV_OK; PROV_E_STATE after the first prov_agent_process() or when it is enabled already;
 *         PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID when `prov_host.param` is missing.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_enable_report(prov_agent *agent,
                                              const struct prov_report_host *host,
                                              struct prov_error *err);

/**
 * Write the configuration as a report has it, e.g. to answer `/admin/cfg.xml`: all stored
 * parameters, keys left out, other secrets empty. It needs no prov_agent_enable_report().
 *
 * @param      sink  Receives the document and a `finish`; borrowed for the call. It must not call
 *                   the library.
 * @param[out] err   Detail on failure. May be NULL.
 * @return PROV_OK; any status of @p sink or of `prov_host.param`, PROV_E_HOST for a number of its
 *         own; PROV_E_STATE from a callback; PROV_E_CANCELLED: a callback freed the agent;
 *         PROV_E_NOMEM; PROV_E_INVALID, also when `prov_host.param` is missing.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_write_config(prov_agent *agent, struct prov_sink sink,
                                             struct prov_error *err);

/**
 * Write the status document as a report has it, e.g. to answer `/admin/status.xml`.
 *
 * @param      host  The host's own part, as in prov_agent_enable_report(). Borrowed for the call;
 *                   NULL: none.
 * @param      sink  As in prov_agent_write_config().
 * @param[out] err   Detail on failure. May be NULL.
 * @return PROV_OK; any status of @p sink or of @p host, PROV_E_HOST for a number of its own, and
 *         for a section that is no XML name; PROV_E_STATE from a callback; PROV_E_CANCELLED: a
 *         callback freed the agent; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_write_status(prov_agent *agent, const struct prov_report_host *host,
                                             struct prov_sink sink, struct prov_error *err);

/**
 * Record that parameters were changed on the device itself, by its menu or web page
 * (prov_store_set_user()), not by a file. With `Report_To_Server` `On Local Change` a report
 * follows after `Upload_Delay_On_Local_Change`. Includes prov_agent_notify(). Without
 * prov_agent_enable_report() it does nothing else.
 *
 * @param agent  NULL is fine.
 * @since 0.1. Safe from the event callback.
 */
PROV_API void prov_agent_record_local_change(prov_agent *agent);

#ifdef __cplusplus
}
#endif

#endif
