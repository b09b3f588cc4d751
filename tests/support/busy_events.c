/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What may happen to the jobs of a busy device, by chance. */
#include "busy_device.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"

#define URL "http://h/p"
#define IMAGE "http://h/fw/sip88xx.11-3-1MPP-678.loads"
#define OTHER_IMAGE "http://h/fw/sip88xx.12-5-1SR1-4.loads"

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
uint32_t busy_draw(uint64_t *random, uint32_t max)
{
    uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((z ^ (z >> 31)) >> 32) * ((uint64_t)max + 1) >> 32);
}

struct chance {
    struct busy_device *busy;
    uint64_t *random;
};

static uint32_t draw(struct chance *chance, uint32_t max)
{
    return busy_draw(chance->random, max);
}

static bool one_in(struct chance *chance, uint32_t n)
{
    return draw(chance, n - 1) == 0;
}

static void change_settings_of_jobs(struct chance *chance)
{
    static const char *const settings[][2] = {
        {"Upgrade_Rule", IMAGE},
        {"Upgrade_Rule", OTHER_IMAGE},
        {"Upgrade_Rule", "($SWVER ne sip88xx.11-3-1MPP-678)? " IMAGE " | " OTHER_IMAGE},
        {"Upgrade_Rule", "http://h/fw/none.loads"},
        {"Upgrade_Rule", ""},
        {"Upgrade_Enable", "No"},
        {"Upgrade_Enable", "Yes"},
        {"Upgrade_Error_Retry_Delay", "600"},
        {"Custom_CA_Rule", "http://h/ca"},
        {"Custom_CA_Rule", "($PRVTMR ge 0)? http://h/ca"},
        {"Custom_CA_Rule", "http://h/none"},
        {"Custom_CA_Rule", ""},
        {"Trans_Auth_Rule", "http://h/licence"},
        {"Trans_Auth_Rule", "($PRVTMR ge 600)? http://h/licence"},
        {"Trans_Auth_Rule", "http://h/none"},
        {"Trans_Auth_Rule", ""},
        {"Trans_Auth_Type", "WxC"},
        {"Trans_Auth_Type", "Classic"},
        {"Transition_Authorization_Error_Retry_Delay", "600"},
        {"MIC_Cert_Refresh_Enable", "Yes"},
        {"MIC_Cert_Refresh_Enable", "No"},
        {"MIC_Cert_Refresh_Rule", "http://h/est"},
        {"MIC_Cert_Refresh_Rule", "ftp://h/est"},
        {"Report_Rule", "[--delta]http://h/delta [--status]http://h/status"},
        {"Report_Rule", "[--delta]http://h/delta"},
        {"Report_Rule", "[--delta --status]http://h/delta"},
        {"Report_To_Server", "Periodically"},
        {"Report_To_Server", "On Local Change"},
        {"Report_To_Server", "On Request"},
        {"Periodic_Upload_To_Server", "3600"},
        {"HTTP_Report_Method", "PUT"},
        {"Syslog_Server", "192.0.2.9"},
        {"Profile_Rule", "gds://"},
        {"Profile_Rule", ""},
    };
    size_t i = draw(chance, PROVI_LEN(settings) - 1);
    fake_host_set(&chance->busy->device.host, settings[i][0], settings[i][1]);
    prov_agent_notify(chance->busy->device.agent);
}

static void change_servers_of_jobs(struct chance *chance)
{
    static const struct {
        prov_status status;
        int32_t code;
    } ways[] = {
        {PROV_OK, 200},       {PROV_OK, 200},          {PROV_OK, 200},
        {PROV_OK, 202},       {PROV_E_CONNECT, 0},     {PROV_OK, 204},
        {PROV_E_SERVER, 503}, {PROV_E_NOT_FOUND, 404}, {PROV_E_TRUNCATED, 200},
    };
    size_t way = draw(chance, PROVI_LEN(ways) - 1);
    struct fake_answer *answer = chance->busy->answers[1 + draw(chance, BUSY_N_FILES - 2)];
    answer->status = ways[way].status;
    answer->code = ways[way].code;
    answer->chunk = one_in(chance, 2) ? 5 : 0;
    answer->etag = one_in(chance, 2) ? "\"1\"" : NULL;
    answer->retry_after_s = one_in(chance, 3) ? (int64_t)draw(chance, 7200) : -1;
    if (answer == chance->busy->answers[BUSY_CONTACT]) /* it does not have this device */
        answer->len = one_in(chance, 3) ? 0 : strlen(answer->data);
}

prov_status busy_fault(uint64_t *random)
{
    static const prov_status faults[] = {PROV_OK, PROV_OK, PROV_OK, PROV_E_IO, 77};
    return faults[busy_draw(random, PROVI_LEN(faults) - 1)];
}

static void change_host_of_jobs(struct chance *chance)
{
    struct busy_device *busy = chance->busy;
    switch (draw(chance, 7)) {
    case 0: busy->licence_answer = draw(chance, DEVICE_LICENCE_NO); break;
    case 1: busy->trust.check_refusal = busy_fault(chance->random); break;
    case 2: busy->trust.refusal = busy_fault(chance->random); break;
    case 3: busy->banks.is_broken = one_in(chance, 3); break;
    case 4: busy->banks.asks_to_wait = one_in(chance, 3); break;
    case 5: busy->banks.finish_status = busy_fault(chance->random); break;
    case 6: busy->banks.keeps_bytes = one_in(chance, 2); break;
    default: busy->vault.at = 0;
    }
}

static void change_locally(struct chance *chance)
{
    char name[] = "GPP_C", value[16];
    name[4] = (char)('C' + draw(chance, 4));
    snprintf(value, sizeof value, "%u", draw(chance, 99));
    fake_host_set(&chance->busy->device.host, name, value);
    prov_agent_record_local_change(chance->busy->device.agent);
}

/* Whatever the state it is in; most may be refused. */
static void call(struct chance *chance)
{
    prov_agent *agent = chance->busy->device.agent;
    const uint32_t all = 2 * PROV_JOB_ACTIVATION - 1;
    const struct prov_log_entry entry = {.size = sizeof entry, .text = prov_str_from("a line")};
    switch (draw(chance, 6)) {
    case 0:
    case 1: prov_agent_confirm_upgrade(agent, NULL); break;
    case 2: prov_agent_set_authorization(agent, draw(chance, PROV_AUTHORIZATION_WXC), NULL); break;
    case 3: busy_device_fetch(chance->busy); break;
    case 4: prov_agent_log(agent, &entry, NULL); break;
    case 5: prov_agent_cancel(agent, draw(chance, all) & ~(uint32_t)PROV_JOB_REBOOT, NULL); break;
    default: prov_agent_notify(agent);
    }
}

static void request(struct chance *chance)
{
    static const struct {
        uint32_t verb;
        const char *rule;
    } rows[] = {
        {PROV_VERB_RESYNC, ""},
        {PROV_VERB_RESYNC, ""},
        {PROV_VERB_RESYNC, URL},
        {PROV_VERB_UPDATE_CA, ""},
        {PROV_VERB_UPDATE_CA, "http://h/ca"},
        {PROV_VERB_REBOOT, ""},
        {PROV_VERB_UPGRADE, IMAGE},
        {PROV_VERB_REPORT, ""},
        {PROV_VERB_REPORT, "[--status]http://h/status"},
        {PROV_VERB_RENEW, ""},
        {PROV_VERB_RENEW, "http://h/est"},
        {PROV_VERB_ACTIVATE, "1234567890123456"},
    };
    size_t i = draw(chance, PROVI_LEN(rows) - 1);
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = rows[i].verb,
        .cause = PROV_CAUSE_HOST,
        .rule = prov_str_from(rows[i].rule),
    };
    prov_agent_request(chance->busy->device.agent, &request, NULL); /* may be refused */
}

void busy_device_disturb(struct busy_device *busy, uint64_t *random)
{
    static void (*const events[])(struct chance *) = {
        change_settings_of_jobs,
        change_settings_of_jobs,
        change_servers_of_jobs,
        change_host_of_jobs,
        change_locally,
        call,
        request,
    };
    struct chance chance = {busy, random};
    events[draw(&chance, PROVI_LEN(events) - 1)](&chance);
}
