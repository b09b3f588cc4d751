/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Any life a whole agent can have. The input is a script: each byte is something that happens, some
 * take further bytes. Settings, profiles, what servers answer, callbacks that fail, clocks that
 * jump, lines, calls from outside and from within events, reboots.
 *
 * Properties: nothing is left behind; the store holds exactly the old or the new values; no event
 * shows a secret; the agent is not due again and again; and once everything works and the settings
 * are sound, it asks within its period and takes what it is given: it is never deaf.
 *
 * The secrets are made of the input's hash, so that no input can contain them by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/decode.h>
#include <provision/fetch.h>

#include "base/array.h"
#include "fake_service.h"
#include "frail_device.h"
#include "store_witness.h"

enum {
    MAX_STEPS = 200,
    MAX_TURNS = 600,
    MAX_S = 7 * 86400,
    MAX_TEXT = 400,
    N_ANSWERS = 8,
    PERIOD_S = 600,
    /* Idle, unreadable, step back, deferral, a transfer, a fetch of the host and its question. */
    SLACK_S = 60 + 30 + 60 + 60 + 120 + 90,
    TRANSFER_MS = 60000,
    RESYNC_MS = 120000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct life {
    const uint8_t *data;
    size_t size;
    struct frail_device frail;
    struct store_witness witness;
    struct secrets secrets;
    char secret[24];
    char code[20];                   /* of an activation */
    char fresh[80], fresh_value[24]; /* a profile that no input serves: it is not refused */
    char texts[N_ANSWERS][1024];     /* plain bodies */
    struct capture packed[N_ANSWERS];
    struct fake_answer *answers[N_ANSWERS];
    struct dial host_dial, net_dial;
    int64_t passed_s;
};

static const char *const urls[N_ANSWERS] = {
    "http://h/a",  "http://h/b",           "tftp://h/c",        "https://h/d",
    "http://h/ca", ACTIVATION_CONTACT_URL, ACTIVATION_CODE_URL, "http://h/licence",
};

/* A '\1' stands for the secret. */
static const char *const rules[] = {
    "",
    "http://h/a",
    "[--key \1]http://h/a",
    "[--uid u --pwd \1]http://h/b",
    "($GPP_A eq 1)? http://h/a | http://h/b",
    "tftp://h/c",
    "http://u:\1@h/a",
    "[--key $SA]https://h/d",
    "/a",
    "[--delta]http://h/a; [--key \1]http://h/b",
    "($A",
    "GPP_B=2",
    "gds://",
    "http://h/licence",
    "($PRVTMR gt 60)? http://h/licence",
};
static const char *const types[] = {"Classic", "WxC", "", "x"};
static const char *const lists[] = {"600", "0", "", "30", "60,300", "1+5", "120,x", "4294967295"};
static const char *const times[] = {"", "0300", "2400", "1230"};
static const char *const numbers[] = {"0", "30", "", "65535", "x"};
static const char *const bools[] = {"Yes", "No", "", "maybe"};
static const char *const triggers[] = {"",   "$GPP_A eq 1", "1 eq 1", "$UPGTMR gt 600",
                                       "((", "$A eq"};
static const char *const messages[] = {"", "$PN $MAC $URL $ERR", "$SA $GPP_SA", "$A$B"};
static const char *const servers[] = {"", "h", "h:99999", "192.0.2.9:514"};

struct setting {
    const char *name;
    const char *const *values;
    size_t n_values;
};
#define SETTING(name, values)                                                                      \
    {                                                                                              \
        name, values, PROVI_LEN(values)                                                            \
    }
static const struct setting settings[] = {
    SETTING("Profile_Rule", rules),
    SETTING("Profile_Rule_B", rules),
    SETTING("Resync_Periodic", lists),
    SETTING("Resync_Error_Retry_Delay", lists),
    SETTING("Resync_At__HHmm_", times),
    SETTING("Forced_Resync_Delay", numbers),
    SETTING("Resync_Random_Delay", numbers),
    SETTING("Provision_Enable", bools),
    SETTING("Resync_On_Reset", bools),
    SETTING("Resync_Trigger_1", triggers),
    SETTING("Custom_CA_Rule", rules),
    SETTING("Log_Request_Msg", messages),
    SETTING("Syslog_Server", servers),
    SETTING("Resync_Fails_On_FNF", bools),
    SETTING("Report_Rule", rules),
    SETTING("GPP_A", numbers),
    SETTING("Trans_Auth_Rule", rules),
    SETTING("Trans_Auth_Type", types),
    SETTING("MIC_Cert_Refresh_Rule", rules),
    SETTING("MIC_Cert_Refresh_Enable", bools),
    SETTING("Transition_Authorization_Error_Retry_Delay", lists),
};

static const char *const profiles[] = {
    "<flat-profile><GPP_A>1</GPP_A><GPP_B>1</GPP_B></flat-profile>",
    "<flat-profile><GPP_SA>\1</GPP_SA><Own_Reboot>1</Own_Reboot></flat-profile>",
    "<flat-profile><Profile_Rule>[--key \1]http://h/a</Profile_Rule></flat-profile>",
    "<flat-profile><Resync_Periodic>30</Resync_Periodic><GPP_A ua=\"rw\">0</GPP_A></flat-profile>",
    "<flat-profile><Provision_Enable>No</Provision_Enable></flat-profile>",
    "<flat-profile><GPP_A>2</GPP_A>",
    "<device><flat-profile><Own_Restart>2</Own_Restart></flat-profile></device>",
    "",
};

static uint8_t take_byte(struct life *life)
{
    if (!life->size)
        return 0;
    life->size--;
    return *life->data++;
}

/* As many bytes as the first one says, as a text. */
static const char *take_text(struct life *life, char text[static MAX_TEXT])
{
    size_t len = take_byte(life);
    len = len < life->size ? len : life->size;
    memcpy(text, life->data, len);
    text[len] = '\0';
    life->data += len;
    life->size -= len;
    return text;
}

static const char *with_secret(const struct life *life, const char *from, char *to, size_t cap)
{
    size_t len = 0;
    for (; *from; from++) {
        bool is_secret = *from == '\1';
        len += (size_t)snprintf(to + len, cap - len, "%.*s", is_secret ? 20 : 1,
                                is_secret ? life->secret : from);
        if (len >= cap)
            test_die("a text longer than it should be");
    }
    to[len] = '\0';
    return to;
}

static void make_secret(struct life *life)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < life->size; i++)
        hash = (hash ^ life->data[i]) * UINT64_C(1099511628211);
    snprintf(life->secret, sizeof life->secret, "zq%016llxqz", (unsigned long long)hash);
    secrets_plant(&life->secrets, life->secret, strlen(life->secret));
    snprintf(life->code, sizeof life->code, "%016llu",
             (unsigned long long)(hash % UINT64_C(10000000000000000)));
    secrets_plant(&life->secrets, life->code, strlen(life->code));
}

static struct fake_host *host_of(struct life *life)
{
    return &life->frail.device.host;
}

/* What cannot be stored is refused, whoever sets it. */
static void set(struct life *life, const char *name, const char *value)
{
    prov_store *store = life->frail.device.store;
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(name),
        .value = prov_str_from(value),
        .has_value = PROV_VALUE_GIVEN,
    };
    if (prov_store_begin(store, NULL) != PROV_OK)
        test_die("the agent left a transaction open");
    prov_store_set(store, &param, NULL);
    if (prov_store_commit(store, NULL) != PROV_OK)
        test_die("%s cannot be committed", name);
    store_witness_look(&life->witness, store);
}

/* The byte that chooses the value has a bit for the later settings. */
static void set_from_table(struct life *life, unsigned which)
{
    char value[256];
    uint8_t how = take_byte(life);
    const struct setting *setting =
        &settings[how & 0x80 ? 16 + which % (PROVI_LEN(settings) - 16) : which];
    const char *chosen = setting->values[(how & 0x7f) % setting->n_values];
    set(life, setting->name, with_secret(life, chosen, value, sizeof value));
}

static void set_raw(struct life *life, const struct setting *setting)
{
    char value[MAX_TEXT];
    set(life, setting->name, take_text(life, value));
}

static void boot(struct life *life, uint32_t cause)
{
    struct prov_limits limits = {.size = sizeof limits};
    limits.total_timeout_ms = TRANSFER_MS;
    limits.resync_timeout_ms = RESYNC_MS;
    struct prov_agent_options options = {
        .size = sizeof options,
        .catalogue = &device_catalogue,
        .limits = &limits,
        .boot_cause = cause % 2 ? PROV_CAUSE_HOST : PROV_CAUSE_POWER_UP,
        .confirm_timeout_s = cause & 2 ? 300 : 0,
        .max_defer_s = 60,
        .credentials_within_s = cause & 4 ? 30 : 0,
        .dhcp_server = prov_str_from(cause & 8 ? "h,tftp://h" : ""),
        .jitter_s = cause & 1 ? 60 : 0,
    };
    prov_agent_free(life->frail.device.agent);
    life->frail.device.agent = NULL;
    store_witness_check_still(&life->witness);
    if (device_make_agent(&life->frail.device, &options) != PROV_OK)
        test_die("no agent");
}

static void fail(struct life *life, unsigned which)
{
    uint32_t one = take_byte(life), other = take_byte(life);
    life->frail.failing |= 1u << one % FRAIL_N;
    if (other < 0x80)
        life->frail.failing |= 1u << other % FRAIL_N;
    life->frail.way = one / FRAIL_N + which;
    life->host_dial = (struct dial){.at = other >> 4 & 7, .sticky = which & 1};
    life->frail.dial = &life->host_dial;
}

/* Once it has failed, the clock stays suspicious. */
static void mend_host(struct life *life)
{
    life->frail.has_odd_clock |= life->frail.failing >> FRAIL_MONO_MS & 1;
    life->frail.failing = 0;
    life->frail.dial = NULL;
}

static void move_clock(struct life *life, unsigned which)
{
    static const int64_t jumps_ms[] = {1,  1000,  50000,  3600000, 864000000,
                                       -1, -1000, -50000, -3600000};
    int64_t *now_ms = &host_of(life)->now_ms;
    int64_t jump_ms = jumps_ms[which % PROVI_LEN(jumps_ms)];
    life->frail.has_odd_clock |= jump_ms < 0;
    *now_ms += jump_ms;
}

static void set_wall_clock(struct life *life, unsigned which)
{
    static const int64_t ahead_s[] = {0,           3600,  -3600,     86400 * 300LL,
                                      -1767225600, 60000, INT32_MAX, -86400 * 2LL};
    life->frail.is_wall_unset = which & 8;
    life->frail.wall_ahead_s = ahead_s[which & 7];
}

static prov_status take_file(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return PROV_OK;
}

static prov_status finish_file(void *ctx, struct prov_error *err)
{
    (void)ctx, (void)err;
    return PROV_OK;
}

static void fetch(struct life *life)
{
    char text[MAX_TEXT];
    uint8_t how = take_byte(life);
    const struct prov_fetch file = {
        .size = sizeof file,
        .flags = how & (PROV_FETCH_DECODE | PROV_FETCH_URL),
        .rule = prov_str_from(how & 4 ? take_text(life, text) : urls[(how >> 4) % N_ANSWERS]),
        .sink = {.write = take_file, .finish = finish_file},
    };
    prov_agent_fetch(life->frail.device.agent, &file, NULL);
}

/* A code is a secret, too: of the input's hash, as well. */
static void call_for_licences(struct life *life)
{
    prov_agent *agent = life->frail.device.agent;
    uint8_t how = take_byte(life);
    const struct prov_agent_request request = {
        .size = sizeof request,
        .cause = PROV_CAUSE_HOST,
        .verb = how & 1 ? PROV_VERB_ACTIVATE : PROV_VERB_RENEW,
        .rule = prov_str_from(how & 1 ? life->code : ""),
    };
    life->frail.licence_answer = how >> 4 & 3;
    if (how & 2)
        prov_agent_set_authorization(agent, how >> 2 & 3, NULL);
    else
        prov_agent_request(agent, &request, NULL);
}

static void call(struct life *life, unsigned which)
{
    prov_agent *agent = life->frail.device.agent;
    char text[MAX_TEXT];
    struct prov_agent_request request = {.size = sizeof request, .cause = PROV_CAUSE_HOST};
    switch (which) {
    case 0:
        prov_agent_notify(agent);
        prov_agent_network(agent, PROV_NETWORK_BACK, NULL);
        break;
    case 1:
        prov_agent_confirm_upgrade(agent, NULL);
        prov_agent_network(agent, PROV_NETWORK_LOST, NULL);
        break;
    case 2: prov_agent_confirm(agent, NULL); break;
    case 3:
        prov_agent_set_credentials(agent, prov_str_from("u"), prov_str_from(life->secret), NULL);
        break;
    case 4: prov_agent_set_credentials(agent, prov_str_from(""), prov_str_from(""), NULL); break;
    case 5: prov_agent_request(agent, NULL, NULL); break;
    case 7: fetch(life); break;
    case 12: prov_agent_cancel(agent, (take_byte(life) & 0x37u) | PROV_JOB_RESYNC, NULL); break;
    case 11: call_for_licences(life); break;
    case 13:
        prov_agent_log(
            agent,
            &(struct prov_log_entry){.size = sizeof(struct prov_log_entry), .text = {"x", 1}},
            NULL);
        break;
    case 14:
    case 15:
        request.verb = which == 14 ? PROV_VERB_UPDATE_CA : PROV_VERB_REBOOT;
        prov_agent_request(agent, &request, NULL);
        break;
    case 6: request.rule = prov_str_from(take_text(life, text)); /* fall through */
    default:
        request.cause = which < 8 ? PROV_CAUSE_HOST : which;
        prov_agent_request(agent, &request, NULL);
    }
}

static void change_host(struct life *life, unsigned which)
{
    struct fake_host *host = host_of(life);
    switch (which & 3) {
    case 0: host->is_idle = !host->is_idle; break;
    case 1: mend_host(life); break;
    case 2:
        prov_store_set_user(life->frail.device.store, prov_str_from("GPP_A"), prov_str_from("7"), 0,
                            NULL);
        break;
    default: prov_store_reset(life->frail.device.store, which >> 2 & 1, NULL); break;
    }
    store_witness_look(&life->witness, life->frail.device.store);
}

static void answer_with(struct life *life, unsigned i, const char *body)
{
    struct fake_answer *answer = life->answers[i];
    answer->data = body;
    answer->len = strlen(body);
    answer->length = (int64_t)answer->len;
    answer->status = PROV_OK;
    answer->code = i == 2 ? 0 : 200;
}

static void encrypt(struct life *life, unsigned i, uint32_t encodings)
{
    struct capture *capture = &life->packed[i];
    const struct prov_encode_options opt = {
        .size = sizeof opt,
        .encodings = encodings,
        .key = prov_str_from(life->secret),
        .salt = prov_str_from("8 bytes!"),
    };
    prov_encoder *encoder;
    capture_free(capture);
    capture_init(capture, NULL);
    if (prov_encoder_new(&encoder, &opt, capture->sink, NULL) != PROV_OK)
        test_die("no encoder");
    prov_encoder_write(encoder, life->texts[i], strlen(life->texts[i]), NULL);
    prov_encoder_finish(encoder, NULL);
    prov_encoder_free(encoder);
    life->answers[i]->data = capture->data;
    life->answers[i]->len = capture->len;
    life->answers[i]->length = (int64_t)capture->len;
}

static void answer_from_table(struct life *life, unsigned i)
{
    uint8_t how = take_byte(life);
    const char *profile = profiles[how % PROVI_LEN(profiles)];
    answer_with(life, i, with_secret(life, profile, life->texts[i], sizeof life->texts[i]));
    if (how & 0x80)
        encrypt(life, i, PROV_ENCODING_AES_CBC | (how & 0x40 ? PROV_ENCODING_GZIP : 0));
}

/* Redirects may go round in circles. */
static void answer_oddly(struct life *life, unsigned i)
{
    struct fake_answer *answer = life->answers[i];
    static const int32_t codes[] = {401, 403, 404, 500, 503, 304, 204, -1, 0, 301};
    static const prov_status statuses[] = {PROV_E_AUTH, PROV_E_NOT_FOUND, PROV_E_SERVER,
                                           PROV_E_TLS,  PROV_E_TIMEOUT,   PROV_E_NETWORK};
    uint8_t how = take_byte(life);
    unsigned which = how & 15;
    switch (how >> 4) {
    case 0: answer->status = statuses[which % PROVI_LEN(statuses)]; break;
    case 1:
        answer->code = codes[which % PROVI_LEN(codes)];
        answer->status = PROV_E_SERVER;
        break;
    case 2: answer->redirect = i == 2 ? NULL : urls[which % N_ANSWERS]; break;
    case 3: life->frail.device.net.stalled_url = which & 1 ? urls[i] : NULL; break;
    case 4: answer->etag = which & 1 ? "\"1\"" : NULL; break;
    case 5: answer->retry_after_s = (int64_t)which * 60 - 1; break;
    case 6: answer->encoding = which & 1 ? "gzip" : which & 2 ? "br, aes128gcm" : NULL; break;
    case 7: answer->chunk = which; break;
    case 8: answer->length = which & 1 ? -1 : which & 2 ? INT64_MAX : 0; break;
    case 9: answer->login = which & 1 ? "u:p" : NULL; break;
    case 10: answer->peer_verified = which & 1; break;
    case 11: answer->code = codes[which % PROVI_LEN(codes)]; break;
    default: life->frail.device.net.is_frozen = which & 1; break;
    }
}

static void answer_raw(struct life *life, unsigned i)
{
    char text[MAX_TEXT];
    snprintf(life->texts[i], sizeof life->texts[i], "%s", take_text(life, text));
    answer_with(life, i, life->texts[i]);
}

static void cut_line(struct life *life, unsigned which)
{
    static const enum fake_fault faults[] = {FAKE_FAIL, FAKE_SHORT, FAKE_STALL};
    struct fake_transport *net = &life->frail.device.net;
    net->fault = faults[which % PROVI_LEN(faults)];
    life->net_dial = (struct dial){.at = which >> 1, .sticky = which & 1};
    net->dial = &life->net_dial;
}

static void mend_net(struct life *life)
{
    struct fake_transport *net = &life->frail.device.net;
    net->dial = NULL;
    net->stalled_url = NULL;
    net->is_frozen = false;
    for (unsigned i = 0; i < N_ANSWERS; i++)
        *life->answers[i] = (struct fake_answer){
            .url = urls[i], .retry_after_s = -1, .n_asked = life->answers[i]->n_asked};
    for (unsigned i = 0; i < N_ANSWERS; i++)
        answer_with(life, i, "<flat-profile><GPP_B>mended</GPP_B></flat-profile>");
}

static void pass(struct life *life, int64_t s)
{
    life->passed_s += s;
    if (life->frail.n_turns < MAX_TURNS && life->passed_s < MAX_S)
        frail_device_pass_s(&life->frail, s);
}

/* The upper four bits say what, the lower four which. */
static void happen(struct life *life, uint8_t byte)
{
    static const int32_t spans_s[] = {0,   1,   2,   5,    10,   30,   60,    120,
                                      300, 600, 900, 1800, 3600, 7200, 21600, 43200};
    unsigned which = byte & 15;
    switch (byte >> 4) {
    case 0: set_from_table(life, which); break;
    case 1: set_raw(life, &settings[which]); break;
    case 2: answer_raw(life, which % N_ANSWERS); break;
    case 3: answer_from_table(life, which % N_ANSWERS); break;
    case 4: answer_oddly(life, which % N_ANSWERS); break;
    case 5: fail(life, which); break;
    case 6: change_host(life, which); break;
    case 7: move_clock(life, which); break;
    case 8: set_wall_clock(life, which); break;
    case 9: boot(life, which); break;
    case 10: call(life, which); break;
    case 11: cut_line(life, which); break;
    case 12: mend_net(life); break;
    default: pass(life, spans_s[which]); break;
    }
    store_witness_check_still(&life->witness);
    if (!life->frail.device.agent)
        boot(life, byte);
}

static void mend_settings(struct life *life)
{
    static const char *const sound[][2] = {
        {"Provision_Enable", "Yes"},
        {"Profile_Rule", "http://h/a"},
        {"Profile_Rule_B", ""},
        {"Profile_Rule_C", ""},
        {"Profile_Rule_D", ""},
        {"Resync_Periodic", "600"},
        {"Resync_Trigger_1", ""},
        {"Resync_Trigger_2", ""},
        {"Resync_Random_Delay", "0"},
        {"Forced_Resync_Delay", "30"},
        {"Resync_At__HHmm_", ""},
        {"Resync_Error_Retry_Delay", "60,300"},
        {"Custom_CA_Rule", ""},
        {"Trans_Auth_Rule", "http://h/licence"},
        {"Trans_Auth_Type", "Classic"},
        {"Transition_Authorization_Error_Retry_Delay", "60"},
        {"MIC_Cert_Refresh_Enable", "No"},
    };
    for (size_t i = 0; i < PROVI_LEN(sound); i++)
        set(life, sound[i][0], sound[i][1]);
}

static void serve_fresh(struct life *life)
{
    snprintf(life->fresh_value, sizeof life->fresh_value, "new%.16s", life->secret + 2);
    snprintf(life->fresh, sizeof life->fresh, "<flat-profile><GPP_B>%s</GPP_B></flat-profile>",
             life->fresh_value);
    answer_with(life, 0, life->fresh);
}

static void pass_confirming(struct life *life, int64_t s)
{
    for (; s > 0; s -= 100) {
        frail_device_pass_s(&life->frail, 100);
        prov_agent_confirm(life->frail.device.agent, NULL);
    }
}

/* A rollback that the host has refused so far restores old settings, so it comes first. */
static void mend(struct life *life)
{
    mend_host(life);
    mend_net(life);
    host_of(life)->is_idle = true;
    life->frail.is_wall_unset = false;
    prov_agent_notify(life->frail.device.agent);
    pass_confirming(life, SLACK_S);
    mend_settings(life);
    prov_agent_notify(life->frail.device.agent);
}

/* The last events, for whoever reads about a finding. */
static void show_events(struct life *life)
{
    const struct capture *events = &host_of(life)->events;
    size_t len = events->len < 2000 ? events->len : 2000;
    if (len)
        fwrite(events->data + events->len - len, 1, len, stderr);
}

static void check_hears(struct life *life)
{
    unsigned n_asked = life->answers[0]->n_asked;
    pass_confirming(life, PERIOD_S + SLACK_S);
    if (life->answers[0]->n_asked == n_asked) {
        struct prov_sched_action due = {.size = sizeof due};
        prov_agent_due(life->frail.device.agent, &due);
        show_events(life);
        test_die("deaf: cause %u, why %u, in %lld ms", due.cause, due.why,
                 (long long)prov_agent_timeout_ms(life->frail.device.agent));
    }
    serve_fresh(life);
    /* The device lost its licence, and fetches it anew. */
    unsigned n_licences = life->answers[7]->n_asked;
    prov_agent_set_authorization(life->frail.device.agent, PROV_AUTHORIZATION_NONE, NULL);
    pass_confirming(life, PERIOD_S + SLACK_S);
    if (life->answers[7]->n_asked == n_licences) {
        show_events(life);
        test_die("no request for a licence");
    }
    const char *value = fake_host_get(host_of(life), "GPP_B");
    if (!value || strcmp(value, life->fresh_value) != 0) {
        show_events(life);
        test_die("what was fetched is not in use");
    }
}

static void begin(struct life *life)
{
    make_secret(life);
    device_plug_in(&life->frail.device, NULL, NULL, NULL);
    host_of(life)->secrets = &life->secrets;
    for (unsigned i = 0; i < N_ANSWERS; i++) {
        life->answers[i] = fake_transport_add_text(&life->frail.device.net, urls[i], "");
        capture_init(&life->packed[i], NULL);
    }
    mend_net(life);
    life->frail.most_turns_an_hour = 6000;
    life->frail.on_step = store_witness_step;
    life->frail.on_step_ctx = &life->witness;
    life->frail.sends_reports = life->frail.has_licences = true;
    frail_device_wrap(&life->frail);
    set(life, "Profile_Rule", "http://h/a");
    set(life, "GPP_SA", life->secret);
    boot(life, PROV_CAUSE_POWER_UP);
}

static void end(struct life *life)
{
    device_unplug(&life->frail.device);
    free(life->frail.exact);
    for (unsigned i = 0; i < N_ANSWERS; i++)
        capture_free(&life->packed[i]);
    free(life);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct life *life = calloc(1, sizeof *life);
    if (!life)
        test_die("out of memory");
    life->data = data;
    life->size = size;
    begin(life);
    for (int n = 0; life->size && n < MAX_STEPS && life->frail.n_turns < MAX_TURNS; n++)
        happen(life, take_byte(life));
    mend(life);
    check_hears(life);
    end(life);
    return 0;
}
