/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Anything that comes through the front door. The first line of the input has the settings,
 * `NAME=VALUE;…`, where a value `!` cannot be read; the second the client: a digit, its login, and
 * letters, see read_client(). The third names the door, and its fields follow, one a line, `-` for
 * an absent one; the last is the rest of the input.
 *
 * Properties: decoded texts fit into a buffer of the input's length and have no control character;
 * texts lie in the input, in that buffer or in the library; no closed gate is passed; a failure has
 * an answer that refuses; a Digest with another password is never good, and a good one is good
 * once; no request from a page of another host is accepted.
 */
#include <provision/action.h>
#include <provision/digest.h>

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "digest_client.h"
#include "dials.h"

#define REQUIRE(claim)                                                                             \
    do {                                                                                           \
        if (!(claim))                                                                              \
            test_die("%s", #claim);                                                                \
    } while (0)

enum { N_LINES = 3, MAX_PIECES = 16, MAX_ANSWER_FIELD = 100 };

/* The input in pieces; each is a block of its own, so that a byte read too much is seen. */
struct input {
    prov_str rest;
    char *blocks[MAX_PIECES];
    size_t n_blocks;
    prov_str settings;
    struct prov_action_client client;
};

static prov_str own(struct input *input, prov_str text)
{
    REQUIRE(input->n_blocks < MAX_PIECES);
    char *block = malloc(text.len ? text.len : 1);
    REQUIRE(block);
    if (text.len)
        memcpy(block, text.data, text.len);
    input->blocks[input->n_blocks++] = block;
    return (prov_str){block, text.len};
}

static prov_str take_line(struct input *input)
{
    prov_str line = {NULL, 0};
    provi_str_split(&input->rest, '\n', &line);
    return own(input, line);
}

static prov_str take_field(struct input *input)
{
    prov_str line = take_line(input);
    return provi_str_is(line, "-") ? (prov_str){NULL, 0} : line;
}

/* Settings */

static bool find_setting(prov_str settings, prov_str name, prov_str *value)
{
    prov_str setting;
    while (provi_str_split(&settings, ';', &setting)) {
        size_t equals = provi_str_find(setting, '=');
        if (!provi_str_eq((prov_str){setting.data, equals}, name))
            continue;
        *value = provi_str_from_offset(setting, equals + 1);
        return true;
    }
    return false;
}

static prov_status get_setting(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    const struct input *input = ctx;
    prov_str value;
    if (!find_setting(input->settings, name, &value))
        return PROV_E_NOT_FOUND;
    if (provi_str_is(value, "!"))
        return PROV_E_IO;
    *len = value.len;
    if (value.len > cap)
        return PROV_E_LIMIT;
    if (value.len)
        memcpy(buf, value.data, value.len);
    return PROV_OK;
}

/* Whether a gate is open as the parameter says; neither Yes nor No means its default. */
static bool is_open(const struct input *input, const char *name, bool by_default)
{
    prov_str value;
    if (!find_setting(input->settings, prov_str_from(name), &value))
        return by_default;
    if (provi_str_is(value, "!"))
        return false;
    value = provi_str_trim(value);
    return provi_str_eq_nocase(value, PROVI_LIT("yes")) ||
           (by_default && !provi_str_eq_nocase(value, PROVI_LIT("no")));
}

static bool has_value(const struct input *input, const char *name)
{
    prov_str value;
    return find_setting(input->settings, prov_str_from(name), &value) && value.len > 0;
}

static void read_client(struct input *input)
{
    prov_str line = take_line(input);
    input->client = (struct prov_action_client){.size = sizeof input->client, .line = 1};
    for (size_t i = 0; i < line.len; i++) {
        char c = line.data[i];
        if (c >= '0' && c <= '5')
            input->client.login = (uint32_t)(c - '0');
        input->client.is_busy |= c == 'b';
        input->client.is_from_proxy |= c == 'p';
        input->client.is_stream |= c == 's';
        if (c == 'u') {
            input->client.uid = PROVI_LIT("admin");
            input->client.pwd = PROVI_LIT("secret");
        }
    }
}

/* Gates */

static bool may_pass_url(const struct input *input, const struct prov_action *action)
{
    bool in_url = action->flags & PROV_ACTION_HAS_LOGIN;
    bool is_admin = input->client.login == PROV_LOGIN_GOOD && !in_url;
    prov_str password;
    if ((input->client.login == PROV_LOGIN_NONE || in_url) &&
        find_setting(input->settings, PROVI_LIT("Admin_Password"), &password)) {
        is_admin = provi_str_is(in_url ? action->uid : input->client.uid, "admin") &&
                   provi_str_eq(in_url ? action->pwd : input->client.pwd, password);
    }
    return is_open(input, "Enable_Web_Server", true) &&
           is_open(input, "Enable_Direct_Action_Url", true) &&
           is_open(input, "Enable_Web_Admin_Access", true) &&
           (is_admin || !has_value(input, "Admin_Password"));
}

static bool may_pass_xml(const struct input *input)
{
    prov_str mode = PROVI_LIT("");
    find_setting(input->settings, PROVI_LIT("CISCO_XML_EXE_Auth_Mode"), &mode);
    bool is_trusted = provi_str_eq_nocase(provi_str_trim(mode), PROVI_LIT("Trusted"));
    bool is_remote = provi_str_eq_nocase(provi_str_trim(mode), PROVI_LIT("Remote Credential"));
    return is_open(input, "Enable_Web_Server", true) &&
           is_open(input, "CISCO_XML_EXE_Enable", false) &&
           (is_trusted || input->client.login == PROV_LOGIN_GOOD ||
            (!is_remote && !has_value(input, "User_Password")));
}

static bool may_pass_notify(const struct input *input, const struct prov_action *action)
{
    static const char *const names[] = {"Auth_Resync-Reboot_1_", "Auth_Resync-Reboot_2_",
                                        "Auth_Resync-Reboot_3_"};
    const struct prov_action_client *client = &input->client;
    bool is_good = client->login == PROV_LOGIN_GOOD;
    prov_str auth;
    if (client->line == 0 || (action->kind == PROV_ACTION_FACTORY_RESET && !is_good))
        return false;
    if (!client->is_from_proxy &&
        (client->is_stream || is_open(input, "Block_Nonproxy_SIP", false)))
        return false;
    if (is_good)
        return true;
    return find_setting(input->settings, prov_str_from(names[client->line - 1]), &auth) &&
           provi_str_eq_nocase(provi_str_trim(auth), PROVI_LIT("no"));
}

static bool may_pass(const struct input *input, const struct prov_action *action)
{
    switch (action->kind) {
    case PROV_ACTION_RESYNC:
        if (action->door == PROV_DOOR_NOTIFY && !is_open(input, "Resync_From_SIP", true))
            return false;
        /* fall through */
    case PROV_ACTION_PROFILE:
        if (!is_open(input, "Provision_Enable", true))
            return false;
        break;
    case PROV_ACTION_UPGRADE:
        if (!is_open(input, "Upgrade_Enable", true))
            return false;
        break;
    case PROV_ACTION_URI:
        if (provi_str_starts(action->text, PROVI_LIT("Upgrade:")))
            return false;
        break;
    }
    if (action->priority >= 2 && input->client.is_busy)
        return false;
    return action->door == PROV_DOOR_URL   ? may_pass_url(input, action)
           : action->door == PROV_DOOR_XML ? may_pass_xml(input)
                                           : may_pass_notify(input, action);
}

static void require_within(prov_str whole, prov_str piece)
{
    if (piece.len)
        REQUIRE(piece.data >= whole.data && piece.data + piece.len <= whole.data + whole.len);
}

static void check(struct input *input, const struct prov_action *action)
{
    struct prov_verdict verdict = {.size = sizeof verdict};
    const struct prov_param_source params = {get_setting, input};
    REQUIRE(prov_action_check(action, &input->client, &params, &verdict, NULL) == PROV_OK);
    REQUIRE(verdict.reason && verdict.decision >= PROV_DECISION_OBEY &&
            verdict.decision <= PROV_DECISION_ASK_HOST);
    bool is_passed =
        verdict.decision == PROV_DECISION_OBEY || verdict.decision == PROV_DECISION_ASK_HOST;
    REQUIRE(!is_passed || may_pass(input, action));
    bool is_sip = action->door == PROV_DOOR_NOTIFY;
    uint32_t code = is_sip ? verdict.sip_status : verdict.http_status;
    REQUIRE(verdict.decision == PROV_DECISION_DROP || (code >= 200 && code <= 599));
    REQUIRE((is_sip ? verdict.http_status : verdict.sip_status) == 0);
    REQUIRE((verdict.decision == PROV_DECISION_CHALLENGE) == (verdict.account != 0));
    REQUIRE(verdict.decision != PROV_DECISION_CHALLENGE || code == 401);
}

static void require_refusal(uint32_t door, prov_status status, const struct prov_error *err)
{
    struct prov_verdict verdict = {.size = sizeof verdict};
    REQUIRE(err->status == status && err->message[0]);
    REQUIRE(prov_action_refuse(door, status, &verdict) == PROV_OK);
    REQUIRE(verdict.decision == PROV_DECISION_REFUSE);
    REQUIRE(verdict.http_status >= 400 || verdict.sip_status >= 400 || verdict.cisco_error);
}

/* Decoded texts are in the buffer or, if nothing had to be decoded, in the input; no NUL. Names of
 * actions are static. */
static void require_decoded(const struct prov_action *action, prov_str raw, prov_str buf)
{
    const prov_str texts[] = {action->rule, action->uid, action->pwd, action->text};
    size_t n_bytes = 0;
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        REQUIRE(provi_str_is_line(texts[i]) || action->flags & PROV_ACTION_FROM_XML);
        for (size_t k = 0; k < texts[i].len; k++)
            REQUIRE(texts[i].data[k] != '\0');
        bool is_raw = texts[i].data >= raw.data && texts[i].data < raw.data + raw.len;
        if (texts[i].data != action->text.data && !is_raw)
            require_within(buf, texts[i]);
        n_bytes += i < 3 ? texts[i].len : 0;
    }
    REQUIRE(n_bytes <= raw.len);
}

/* Doors */

static void enter_url(struct input *input)
{
    prov_str method = take_line(input);
    prov_str target = own(input, input->rest);
    struct prov_action action = {.size = sizeof action};
    struct prov_error err = {0};
    char *block = malloc(target.len ? target.len : 1);
    REQUIRE(block);
    prov_status status = prov_action_from_url(method, target, PROVI_LIT("192.0.2.1"), block,
                                              target.len, &action, &err);
    if (status == PROV_OK) {
        require_decoded(&action, target, (prov_str){block, target.len});
        check(input, &action);
    } else {
        REQUIRE(status != PROV_E_LIMIT && err.offset <= target.len);
        require_refusal(PROV_DOOR_URL, status, &err);
    }
    free(block);
}

static void read_xml(struct input *input, uint32_t door, prov_str body)
{
    struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof items[0]}};
    struct prov_error err = {0};
    size_t n = 0;
    char *block = malloc(body.len ? body.len : 1);
    REQUIRE(block);
    prov_status status =
        prov_action_from_xml(door, body, PROVI_LIT(""), block, body.len, items, &n, &err);
    REQUIRE((status == PROV_OK) == (n > 0) && n <= PROV_ACTION_MAX_ITEMS);
    for (size_t i = 0; i < n; i++) {
        REQUIRE(items[i].door == door && items[i].flags & PROV_ACTION_FROM_XML);
        REQUIRE(items[i].kind == PROV_ACTION_RESYNC || items[i].kind == PROV_ACTION_URI);
        require_decoded(&items[i], body, (prov_str){block, body.len});
        check(input, &items[i]);
    }
    if (status != PROV_OK)
        require_refusal(door, status, &err);
    free(block);
}

static void enter_xml(struct input *input)
{
    prov_str body = own(input, input->rest);
    read_xml(input, PROV_DOOR_XML, body);
    read_xml(input, PROV_DOOR_NOTIFY, body);
}

static void enter_notify(struct input *input)
{
    prov_str event = take_field(input), uri = take_line(input);
    prov_str body = own(input, input->rest);
    const struct prov_param_source params = {get_setting, input};
    struct prov_action action = {.size = sizeof action};
    struct prov_error err = {0};
    prov_status status =
        prov_action_from_notify(event, body, PROVI_LIT("192.0.2.1"), &action, &err);
    if (status != PROV_OK) {
        require_refusal(PROV_DOOR_NOTIFY, status, &err);
        return;
    }
    require_within(event, action.text);
    REQUIRE(action.text.len && action.rule.len == 0 && action.flags == 0);
    uint32_t line = 0;
    status = prov_action_find_line(uri, 0, N_LINES, &params, &line, NULL);
    REQUIRE(line <= N_LINES && (line > 0) == (status == PROV_OK));
    input->client.line = line;
    check(input, &action);
    if (action.kind == PROV_ACTION_DOCUMENT)
        read_xml(input, PROV_DOOR_NOTIFY, body);
}

static uint32_t check_digest(const struct prov_digest_guard *guard,
                             struct prov_digest_request *request, prov_str pwd)
{
    struct prov_digest_guard copy = *guard;
    uint32_t result, again;
    request->pwd = pwd;
    prov_status status = prov_digest_check(&copy, request, 0, &result, NULL);
    REQUIRE((status == PROV_OK) == (result == PROV_DIGEST_RESULT_GOOD));
    REQUIRE(status == PROV_OK || memcmp(&copy, guard, sizeof copy) == 0);
    if (status == PROV_OK) {
        REQUIRE(prov_digest_check(&copy, request, 0, &again, NULL) == PROV_E_AUTH);
        REQUIRE(again == PROV_DIGEST_RESULT_STALE);
    }
    return result;
}

static bool is_plain(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '"' || text.data[i] == '\\')
            return false;
    return provi_str_is_line(text) && text.len < MAX_ANSWER_FIELD;
}

/* What the right client sends, with bytes of it replaced by the pairs (place, byte) in @p edits. */
static prov_str answer(const struct prov_digest_request *request, prov_str pwd,
                       const char *challenge, prov_str edits, char out[DIGEST_ANSWER_CAP])
{
    char texts[4][MAX_ANSWER_FIELD] = {{0}};
    const prov_str from[] = {request->method, request->uri, request->uid, pwd};
    for (size_t i = 0; i < PROVI_LEN(from); i++)
        if (from[i].len)
            memcpy(texts[i], from[i].data, from[i].len);
    const struct digest_client client = {texts[0], texts[1], texts[2], texts[3], "00000001"};
    digest_answer(&client, challenge, out);
    size_t len = strlen(out);
    for (size_t i = 0; i + 1 < edits.len; i += 2)
        out[(unsigned char)edits.data[i] * len / 256] = edits.data[i + 1];
    return (prov_str){out, len};
}

/* Fields of any kind, and the right answer, which the rest of the input may change. */
static void enter_digest(struct input *input)
{
    static const uint8_t random[PROV_DIGEST_RANDOM_BYTES] = "not random: no test requires it";
    struct prov_digest_guard guard;
    char challenge[PROV_DIGEST_CHALLENGE_MAX], text[DIGEST_ANSWER_CAP],
        longer[MAX_ANSWER_FIELD + 1];
    size_t len;
    prov_str method = take_line(input), uri = take_line(input), realm = take_line(input);
    prov_str uid = take_line(input), pwd = take_line(input), rest = own(input, input->rest);
    struct prov_digest_request request = {.size = sizeof request,
                                          .method = method,
                                          .uri = uri,
                                          .realm = realm,
                                          .uid = uid,
                                          .authorization = rest};
    REQUIRE(prov_digest_guard_init(&guard, random) == PROV_OK);
    uint32_t algorithm = rest.len % 2 ? PROV_DIGEST_ALGORITHM_MD5 : PROV_DIGEST_ALGORITHM_SHA256;
    if (prov_digest_challenge(&guard, realm, algorithm, false, 0, challenge, sizeof challenge, &len,
                              NULL) != PROV_OK ||
        method.len == 0 || uri.len == 0)
        return;
    REQUIRE(strlen(challenge) == len && provi_str_is_line((prov_str){challenge, len}));
    REQUIRE(check_digest(&guard, &request, PROVI_LIT("not the password")) !=
            PROV_DIGEST_RESULT_GOOD);
    check_digest(&guard, &request, pwd);
    if (!is_plain(method) || !is_plain(uri) || !is_plain(realm) || !is_plain(uid) ||
        !is_plain(pwd) || pwd.len == 0)
        return;
    request.authorization = own(input, answer(&request, pwd, challenge, rest, text));
    uint32_t result = check_digest(&guard, &request, pwd);
    REQUIRE(rest.len > 1 || result == PROV_DIGEST_RESULT_GOOD);
    memcpy(longer, pwd.data, pwd.len);
    longer[pwd.len] = 'x';
    result = check_digest(&guard, &request, (prov_str){longer, pwd.len + 1});
    REQUIRE(result == PROV_DIGEST_RESULT_WRONG || result == PROV_DIGEST_RESULT_ABSENT);
}

static bool names_us(prov_str text)
{
    return !text.data || provi_str_has_nocase(text, PROVI_LIT("phone.example")) ||
           provi_str_has(text, PROVI_LIT("192.0.2.7")) || provi_str_has(text, PROVI_LIT(":"));
}

static void enter_origin(struct input *input)
{
    static const prov_str names[] = {{"phone.example", 13}, {"192.0.2.7", 9}, {"2001:db8::7", 11}};
    struct prov_action_origin origin = {.size = sizeof origin,
                                        .host = take_field(input),
                                        .origin = take_field(input),
                                        .referer = take_field(input),
                                        .fetch_site = take_field(input),
                                        .names = names,
                                        .n_names = PROVI_LEN(names)};
    struct prov_error err = {0};
    prov_status status = prov_action_check_origin(&origin, &err);
    REQUIRE(status == err.status && (status == PROV_OK || status == PROV_E_POLICY));
    REQUIRE(status == PROV_OK || err.subject[0]);
    if (status != PROV_OK)
        return;
    REQUIRE(names_us(origin.host) && names_us(origin.origin) && names_us(origin.referer));
    REQUIRE(!origin.origin.data || provi_str_find(origin.origin, '@') == origin.origin.len ||
            provi_str_find(origin.origin, '/') < origin.origin.len);
    REQUIRE(!provi_str_has(origin.fetch_site, PROVI_LIT("cross")));
    /* Without the names, nothing that is there passes. */
    origin.n_names = 0;
    bool is_absent = !origin.host.data && !origin.origin.data && !origin.referer.data;
    REQUIRE((prov_action_check_origin(&origin, NULL) == PROV_OK) == is_absent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *name;
        void (*enter)(struct input *input);
    } doors[] = {
        {"url", enter_url},       {"xml", enter_xml},       {"notify", enter_notify},
        {"digest", enter_digest}, {"origin", enter_origin},
    };
    struct input input = {.rest = {(const char *)data, size}};
    input.settings = take_line(&input);
    read_client(&input);
    prov_str door = take_line(&input);
    for (size_t i = 0; i < PROVI_LEN(doors); i++)
        if (provi_str_is(door, doors[i].name))
            doors[i].enter(&input);
    for (size_t i = 0; i < input.n_blocks; i++)
        free(input.blocks[i]);
    return 0;
}
