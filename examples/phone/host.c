/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "host.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/json_event.h"
#include "common/text.h"

#include "certificate.h"
#include "control.h"
#include "dhcp.h"
#include "image.h"
#include "licence.h"
#include "options.h"
#include "phone.h"
#include "show/json.h"
#include "web/web.h"

/* A real phone returns false until SNTP or a DHCP option has provided the time. */
static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct phone *phone = ctx;
    return clock_wall(&phone->clock, utc_s, utc_offset_s);
}

/* Must differ from that of all other phones, to spread a thousand phones after a power cut. */
static uint32_t entropy(void *ctx)
{
    const struct phone *phone = ctx;
    uint32_t bits;
    if (getrandom(&bits, sizeof bits, 0) == sizeof bits)
        return bits;
    return (uint32_t)clock_now_ms(&phone->clock) * 2654435761u;
}

static int64_t mono_ms(void *ctx)
{
    const struct phone *phone = ctx;
    return clock_now_ms(&phone->clock);
}

static bool is_idle(void *ctx)
{
    const struct phone *phone = ctx;
    return !phone->has_call;
}

/* A phone with a screen would show the question, and answer later. */
static void answer(struct phone *phone)
{
    bool is_known = phone->account && !phone->has_answered;
    prov_str login = prov_str_from(is_known ? phone->account : "");
    size_t uid_len = strcspn(login.data, ":");
    prov_str uid = {login.data, uid_len};
    prov_str pwd = prov_str_from(login.data + uid_len + (uid_len < login.len));
    phone->has_answered = true;
    prov_agent_set_credentials(phone->agent, uid, pwd, NULL);
}

static enum show_account account_of(const struct phone *phone)
{
    if (!phone->account)
        return SHOW_NO_ACCOUNT;
    return phone->has_answered ? SHOW_ACCOUNT_REFUSED : SHOW_ACCOUNT_ANSWERS;
}

/* A resync has a result for each rule, and one event at its end. */
static bool is_awaited(const struct phone *phone, const struct prov_event *event)
{
    uint32_t type = phone->awaited == PROV_JOB_RESYNC ? PROV_EVENT_RESYNC : PROV_EVENT_RESULT;
    return event->type == type && event->job == phone->awaited;
}

/* If an image was installed, the result of the upgrade is its last step, after the reboot. */
static void notice_upgrade(struct phone *phone, const struct prov_upgrade *upgrade)
{
    phone->is_testing = upgrade->step == PROV_UPGRADE_TESTING;
    bool is_open = upgrade->step != PROV_UPGRADE_SUCCEEDED && upgrade->step != PROV_UPGRADE_FAILED;
    if (phone->awaited != PROV_JOB_UPGRADE || is_open)
        return;
    phone->has_result = true;
    phone->has_failed = upgrade->step == PROV_UPGRADE_FAILED;
}

/* A reboot needs a store: without one, the phone would lose all parameters. */
static void notice_reboot(struct phone *phone, const struct prov_reboot *reboot)
{
    if (!phone->options->store_path ||
        (phone->options->is_once && reboot->cause != PROV_CAUSE_AFTER_UPGRADE))
        return;
    phone->wants_reboot = true;
    phone->next_boot = reboot->cause == PROV_CAUSE_NONE || phone->resyncs_at_boot
                           ? PROV_CAUSE_HOST
                           : PROV_CAUSE_POWER_UP;
}

static void notice_result(struct phone *phone, const struct prov_event *event)
{
    uint32_t outcome = event->as.result->outcome;
    if (event->as.result->fetch == FILE_FETCH)
        file_end(&phone->file, outcome);
    if (event->as.result->fetch == PROBLEM_FETCH)
        problem_end(phone, event->as.result);
    if (!is_awaited(phone, event))
        return;
    if (event->job == PROV_JOB_ACTIVATION && outcome != PROV_OUTCOME_FAILED) {
        phone->awaited = PROV_JOB_RESYNC; /* by the rule that the code leads to */
        return;
    }
    phone->has_result = event->job != PROV_JOB_UPGRADE || outcome != PROV_OUTCOME_APPLIED;
    phone->has_failed |= outcome == PROV_OUTCOME_FAILED;
}

static void notice(struct phone *phone, const struct prov_event *event)
{
    switch (event->type) {
    case PROV_EVENT_RESYNC:
    case PROV_EVENT_RESULT: notice_result(phone, event); break;
    case PROV_EVENT_CHANGED: dhcp_record_change(phone, event->as.change->name); break;
    case PROV_EVENT_UPGRADE: notice_upgrade(phone, event->as.upgrade); break;
    case PROV_EVENT_REBOOT_WANTED: notice_reboot(phone, event->as.reboot); break;
    case PROV_EVENT_UNCONFIRMED: phone->is_unconfirmed = true; break;
    case PROV_EVENT_CONFIRMED: phone->is_unconfirmed = false; break;
    case PROV_EVENT_ROLLED_BACK: phone->is_unconfirmed = event->as.rollback->error != NULL; break;
    default: break;
    }
}

/* Confirm to the boot loader first: if the power fails after that, the image is tested again. */
static prov_status confirm(struct phone *phone, struct prov_error *err)
{
    prov_status status = PROV_OK;
    if (phone->is_testing && !flash_confirm(&phone->flash))
        return text_fail(PROV_E_IO, "", "the flash cannot be written", err);
    if (phone->is_testing)
        status = prov_agent_confirm_upgrade(phone->agent, err);
    return status == PROV_OK ? prov_agent_confirm(phone->agent, err) : status;
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct phone *phone = ctx;
    notice(phone, event);
    phone->show.account = account_of(phone);
    if (phone->is_json)
        json_event(stdout, phone->name, event);
    else
        show_event(&phone->show, event, phone->agent);
    control_event(phone->control, event);
    if (event->type == PROV_EVENT_LOG)
        web_log(phone->web, event->as.log->text);
    bool went_well =
        event->type == PROV_EVENT_RESYNC && event->as.result->outcome != PROV_OUTCOME_FAILED;
    struct prov_error err = {0};
    if (phone->confirms && (phone->is_unconfirmed || phone->is_testing) && went_well &&
        confirm(phone, &err) != PROV_OK)
        phone_print_failure(phone, &err, EXIT_MACHINE); /* still unconfirmed */
    if (event->type == PROV_EVENT_CREDENTIALS_WANTED)
        answer(phone);
}

void host_note(struct phone *phone, const char *note)
{
    if (!phone->is_json)
        show_note(&phone->show, note);
}

void host_report_door(struct phone *phone, const char *door, const char *address)
{
    char line[128];
    snprintf(line, sizeof line, "listening at %s://%s", door, address);
    if (phone->is_json)
        json_door(stdout, phone->name, door, address);
    else
        host_note(phone, line);
}

prov_status host_request(struct phone *phone, uint32_t verb, prov_str rule, struct prov_error *err)
{
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = verb,
        .cause = rule.len ? PROV_CAUSE_URL : PROV_CAUSE_HOST,
        .rule = rule,
    };
    return prov_agent_request(phone->agent, &request, err);
}

void host_recall_upgrade(struct phone *phone)
{
    struct prov_upgrade upgrade = {.size = sizeof upgrade};
    if (phone->awaited != PROV_JOB_UPGRADE || !phone->boot_cause || phone->has_result ||
        prov_agent_upgrade_get(phone->agent, &upgrade) != PROV_OK)
        return;
    notice_upgrade(phone, &upgrade);
    if (upgrade.step == PROV_UPGRADE_NONE) /* the record of the upgrade is lost */
        phone->has_result = phone->has_failed = true;
}

prov_status host_confirm(struct phone *phone, struct prov_error *err)
{
    if (!phone->is_unconfirmed && !phone->is_testing)
        host_note(phone, "nothing waits for a confirmation");
    return confirm(phone, err);
}

/* A real device passes on the reports of its driver or network manager. */
prov_status host_set_link(struct phone *phone, bool is_lost, struct prov_error *err)
{
    phone->is_link_lost = is_lost;
    host_note(phone, is_lost ? "the network is lost" : "the network is back");
    return prov_agent_network(phone->agent, is_lost ? PROV_NETWORK_LOST : PROV_NETWORK_BACK, err);
}

static bool is_of_the_store(prov_str name)
{
    static const char *const others[] = {"sched", "validators", "history"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (text_is(name, others[i]))
            return false;
    return true;
}

static prov_status keep(void *store, prov_str name, const void *data, size_t len,
                        struct prov_error *err)
{
    return is_of_the_store(name) ? prov_store_save_record(store, name, data, len, err) : PROV_OK;
}

static prov_status recall(void *store, prov_str name, void *buf, size_t cap, size_t *len)
{
    return is_of_the_store(name) ? prov_store_load_record(store, name, buf, cap, len)
                                 : PROV_E_NOT_FOUND;
}

void host_use_memory_records(struct prov_host *host)
{
    host->save = keep;
    host->load = recall;
}

static prov_status check_ca(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err)
{
    const struct phone *phone = ctx;
    size_t len;
    return prov_curl_check_custom_ca(phone->curl, pem, name, cap, &len, err);
}

static prov_status install_ca(void *ctx, prov_str pem, struct prov_error *err)
{
    const struct phone *phone = ctx;
    return prov_tls_identity_set_custom_ca(phone->identity, pem, 0, err);
}

void host_fill(struct prov_host *host, struct phone *phone)
{
    host->ctx = phone;
    host->mono_ms = mono_ms;
    host->wall_s = wall_s;
    host->entropy = entropy;
    host->is_idle = is_idle;
    host->event = on_event;
}

/* Values of the phone that the library does not have. */
static prov_status report_status(void *ctx, size_t index, struct prov_report_field *out,
                                 struct prov_error *err)
{
    const struct phone *phone = ctx;
    uint32_t report = phone->problem.last_outcome;
    const char *const fields[][3] = {
        {"Phone_Status", "Running_Bank", phone->flash.running == 0 ? "a" : "b"},
        {"PRT_Status", "PRT_Upload_Status",
         report == PROV_OUTCOME_NONE     ? ""
         : report == PROV_OUTCOME_FAILED ? "Failed"
                                         : "Success"},
    };
    (void)err;
    if (index >= sizeof fields / sizeof fields[0])
        return PROV_E_NOT_FOUND;
    out->section = prov_str_from(fields[index][0]);
    out->name = prov_str_from(fields[index][1]);
    out->value = prov_str_from(fields[index][2]);
    return PROV_OK;
}

struct prov_report_host host_report(struct phone *phone)
{
    return (struct prov_report_host){
        .size = sizeof(struct prov_report_host), .ctx = phone, .status = report_status};
}

prov_status host_enable_jobs(struct phone *phone, struct prov_error *err)
{
    const struct prov_custom_ca_host ca_host = {
        .size = sizeof ca_host, .ctx = phone, .check = check_ca, .install = install_ca};
    const struct prov_report_host report_host = host_report(phone);
    prov_status status = prov_agent_enable_custom_ca(phone->agent, &ca_host, err);
    if (status == PROV_OK)
        status = prov_agent_enable_report(phone->agent, &report_host, err);
    if (status == PROV_OK)
        status = prov_agent_enable_history(phone->agent, err);
    if (status == PROV_OK)
        status = contact_enable(phone, err);
    if (status == PROV_OK)
        status = licence_enable(phone, err);
    if (status == PROV_OK)
        status = certificate_enable(phone, err);
    if (status == PROV_OK && phone->options->store_path)
        status = image_enable(phone->agent, &phone->flash, phone->options->confirm_image_s, err);
    return status;
}
