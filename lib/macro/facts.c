/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "macro/facts.h"

#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/str.h"

/* Every variable that is not read from a parameter, in the order of `names`. */
enum variable {
    AUTHSTATUS,
    CCERT,
    EMS,
    ERR,
    EXTIP,
    HWVER,
    IP,
    ISCUST,
    MA,
    MAU,
    MAC,
    METH,
    MPWD,
    MUID,
    ORIGTYPE,
    PN,
    PSN,
    PRVST,
    PRVTMR,
    PORT,
    PATH,
    PDOM,
    REGTMR1,
    REGTMR2,
    SN,
    SWVER,
    SERV,
    SERVIP,
    SCHEME,
    UPGST,
    UPGTMR,
    UPGERR,
    UPGCOND,
    VERSION,
    N_VARIABLES
};

/* By first letter; among those of one letter the common ones first. */
static const prov_str names[N_VARIABLES] = {
    [AUTHSTATUS] = {"AUTHSTATUS", 10},
    [CCERT] = {"CCERT", 5},
    [EMS] = {"EMS", 3},
    [ERR] = {"ERR", 3},
    [EXTIP] = {"EXTIP", 5},
    [HWVER] = {"HWVER", 5},
    [IP] = {"IP", 2},
    [ISCUST] = {"ISCUST", 6},
    [MA] = {"MA", 2},
    [MAU] = {"MAU", 3},
    [MAC] = {"MAC", 3},
    [METH] = {"METH", 4},
    [MPWD] = {"MPWD", 4},
    [MUID] = {"MUID", 4},
    [ORIGTYPE] = {"ORIGTYPE", 8},
    [PN] = {"PN", 2},
    [PSN] = {"PSN", 3},
    [PRVST] = {"PRVST", 5},
    [PRVTMR] = {"PRVTMR", 6},
    [PORT] = {"PORT", 4},
    [PATH] = {"PATH", 4},
    [PDOM] = {"PDOM", 4},
    [REGTMR1] = {"REGTMR1", 7},
    [REGTMR2] = {"REGTMR2", 7},
    [SN] = {"SN", 2},
    [SWVER] = {"SWVER", 5},
    [SERV] = {"SERV", 4},
    [SERVIP] = {"SERVIP", 6},
    [SCHEME] = {"SCHEME", 6},
    [UPGST] = {"UPGST", 5},
    [UPGTMR] = {"UPGTMR", 6},
    [UPGERR] = {"UPGERR", 6},
    [UPGCOND] = {"UPGCOND", 7},
    [VERSION] = {"VERSION", 7},
};

enum {
    N_LETTERS = 26,
    SCRATCH_BYTES = 256,         /* at least; most GPP values are shorter */
    MAX_VALUE_BYTES = 64 * 1024, /* prov_limits.max_value_bytes by default */
    MAX_LINE_DIGITS = 4,         /* of `$UIDn` */
};

struct prov_facts {
    struct prov_alloc alloc;
    struct prov_param_source params;
    struct prov_vars host;
    prov_str values[N_VARIABLES];
    uint8_t first[N_LETTERS + 1]; /* the variables with letter i are first[i]..first[i + 1] */

    char *texts; /* the device's texts, one behind the other */
    size_t texts_len;
    char ma[12], mau[12], mac[17];
    char server[64], server_ip[64]; /* only if they need brackets */
    char port[PROVI_NUMBER_CAP], prvst[PROVI_NUMBER_CAP], upgst[PROVI_NUMBER_CAP];
    char prvtmr[PROVI_NUMBER_CAP], upgtmr[PROVI_NUMBER_CAP], regtmr[2][PROVI_NUMBER_CAP];

    char *scratch; /* value of the parameter last asked for; NULL: at rest */
    size_t scratch_cap;
    size_t secret_len; /* bytes of it to wipe; 0 if it is no secret */
};

/* Finding ------------------------------------------------------------------------------------ */

static bool find_variable(const struct prov_facts *facts, prov_str name, prov_str *value)
{
    unsigned letter = name.len ? (unsigned char)name.data[0] - 'A' : N_LETTERS;
    if (letter >= N_LETTERS)
        return false;
    for (unsigned i = facts->first[letter]; i < facts->first[letter + 1]; i++) {
        if (provi_str_eq(name, names[i])) {
            *value = facts->values[i];
            return true;
        }
    }
    return false;
}

static void wipe_scratch(struct prov_facts *facts)
{
    provi_wipe(facts->scratch, facts->secret_len);
    facts->secret_len = 0;
}

void provi_facts_rest(prov_facts *facts)
{
    provi_free_secret(&facts->alloc, facts->scratch, facts->scratch_cap);
    facts->scratch = NULL;
    facts->scratch_cap = 0;
    facts->secret_len = 0;
}

static prov_status grow_scratch(struct prov_facts *facts, size_t len)
{
    if (len >= MAX_VALUE_BYTES)
        return PROV_E_LIMIT;
    size_t cap = len < SCRATCH_BYTES ? SCRATCH_BYTES : len + 1;
    char *larger = provi_alloc(&facts->alloc, cap);
    if (!larger)
        return PROV_E_NOMEM;
    provi_facts_rest(facts);
    facts->scratch = larger;
    facts->scratch_cap = cap;
    return PROV_OK;
}

static prov_status read_param(struct prov_facts *facts, prov_str name, bool is_secret,
                              prov_str *value)
{
    *value = (prov_str){NULL, 0};
    if (!facts->params.get)
        return PROV_OK;
    const struct prov_param_source *params = &facts->params;
    size_t len = 0;
    if (!facts->scratch && grow_scratch(facts, 0) != PROV_OK)
        return PROV_E_NOMEM;
    wipe_scratch(facts);
    prov_status status = params->get(params->ctx, name, facts->scratch, facts->scratch_cap, &len);
    if (status == PROV_E_LIMIT) {
        status = grow_scratch(facts, len);
        if (status == PROV_OK)
            status = params->get(params->ctx, name, facts->scratch, facts->scratch_cap, &len);
    }
    if (status == PROV_E_NOT_FOUND)
        return PROV_OK;
    if (status == PROV_OK && len > facts->scratch_cap)
        status = PROV_E_HOST;
    if (status != PROV_OK)
        return status;
    facts->secret_len = is_secret ? len : 0;
    *value = (prov_str){facts->scratch, len};
    return PROV_OK;
}

/* `A`, `SA`, `GPP_A`, `GPP_SA`: the letters behind `GPP_`; empty for any other name. */
static prov_str gpp_letters(prov_str name)
{
    if (provi_str_starts(name, PROVI_LIT("GPP_")))
        name = provi_str_from_offset(name, 4);
    bool is_open = name.len == 1 && name.data[0] >= 'A' && name.data[0] <= 'P';
    bool is_secret =
        name.len == 2 && name.data[0] == 'S' && name.data[1] >= 'A' && name.data[1] <= 'D';
    return is_open || is_secret ? name : (prov_str){NULL, 0};
}

static prov_status find_gpp(struct prov_facts *facts, prov_str letters, uint32_t flags,
                            prov_str *value)
{
    bool is_secret = letters.len == 2;
    if (is_secret && !(flags & PROV_MACRO_SECRET_OK))
        return PROV_E_NOT_FOUND;
    char param[] = "GPP_??";
    memcpy(param + 4, letters.data, letters.len);
    return read_param(facts, (prov_str){param, 4 + letters.len}, is_secret, value);
}

/* `$UIDn` is User_ID_n_. */
static prov_status find_user_id(struct prov_facts *facts, prov_str digits, prov_str *value)
{
    uint64_t line;
    if (digits.len > MAX_LINE_DIGITS || !provi_str_to_u64(digits, UINT16_MAX, &line))
        return PROV_E_NOT_FOUND;
    char param[32];
    snprintf(param, sizeof param, "User_ID_%u_", (unsigned)line);
    return read_param(facts, prov_str_from(param), false, value);
}

static prov_status find_fact(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    struct prov_facts *facts = ctx;
    if (facts->host.find) {
        prov_status status = facts->host.find(facts->host.ctx, name, flags, value);
        if (status != PROV_E_NOT_FOUND)
            return status;
    }
    if (find_variable(facts, name, value))
        return PROV_OK;
    prov_str letters = gpp_letters(name);
    if (letters.len)
        return find_gpp(facts, letters, flags, value);
    if (provi_str_starts(name, PROVI_LIT("UID")))
        return find_user_id(facts, provi_str_from_offset(name, 3), value);
    return PROV_E_NOT_FOUND;
}

/* The device ---------------------------------------------------------------------------------- */

static void index_names(struct prov_facts *facts)
{
    unsigned i = 0;
    for (unsigned letter = 0; letter <= N_LETTERS; letter++) {
        while (i < N_VARIABLES && names[i].data[0] < (char)('A' + letter))
            i++;
        facts->first[letter] = (uint8_t)i;
    }
}

static void write_mac(struct prov_facts *facts, const uint8_t mac[6])
{
    static const uint8_t unknown[6] = {0};
    static const char lower[] = "0123456789abcdef";
    static const char upper[] = "0123456789ABCDEF";
    if (memcmp(mac, unknown, sizeof unknown) == 0)
        return;
    for (unsigned i = 0; i < 12; i++) {
        unsigned digit = i % 2 ? mac[i / 2] & 0x0f : mac[i / 2] >> 4;
        facts->ma[i] = lower[digit];
        facts->mau[i] = upper[digit];
        facts->mac[i + i / 2] = lower[digit];
        if (i % 2 && i < 11)
            facts->mac[i + i / 2 + 1] = ':';
    }
    facts->values[MA] = (prov_str){facts->ma, sizeof facts->ma};
    facts->values[MAU] = (prov_str){facts->mau, sizeof facts->mau};
    facts->values[MAC] = (prov_str){facts->mac, sizeof facts->mac};
}

/* The texts of a device and the variables they are the values of. */
struct device_text {
    enum variable variable;
    prov_str text;
};

/* Put the texts one behind the other into memory of our own. */
static prov_status copy_texts(struct prov_facts *facts, const struct device_text *texts, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += texts[i].text.len;
    facts->texts = provi_alloc(&facts->alloc, len);
    if (!facts->texts)
        return PROV_E_NOMEM;
    facts->texts_len = len;
    char *to = facts->texts;
    for (size_t i = 0; i < n; i++) {
        prov_str *value = &facts->values[texts[i].variable];
        if (value->len == 0)
            value->data = to;
        value->len += texts[i].text.len;
        if (texts[i].text.len)
            memcpy(to, texts[i].text.data, texts[i].text.len);
        to += texts[i].text.len;
    }
    return PROV_OK;
}

static prov_str text_or(prov_str text, prov_str other)
{
    return text.len ? text : other;
}

static bool is_device(const struct prov_device *device)
{
    const prov_str texts[] = {
        device->product, device->series,      device->serial,    device->sw_version,
        device->version, device->hw_version,  device->ip,        device->external_ip,
        device->ems,     device->auth_status, device->orig_type,
    };
    bool is_sound = true;
    for (size_t i = 0; i < PROVI_LEN(texts); i++)
        is_sound = is_sound && provi_str_is_sound(texts[i]);
    return is_sound;
}

static prov_status copy_device(struct prov_facts *facts, const struct prov_device *device)
{
    bool makes_version = device->version.len == 0 && device->product.len && device->sw_version.len;
    const prov_str none = {NULL, 0};
    const struct device_text texts[] = {
        {PN, device->product},
        {PSN, device->series},
        {SN, device->serial},
        {SWVER, device->sw_version},
        {HWVER, device->hw_version},
        {IP, device->ip},
        {EXTIP, device->external_ip},
        {EMS, device->ems},
        {ORIGTYPE, text_or(device->orig_type, PROVI_LIT("none"))},
        {AUTHSTATUS, text_or(device->auth_status, PROVI_LIT("none"))},
        {VERSION, text_or(device->version, device->product)},
        {VERSION, makes_version ? PROVI_LIT("/") : none},
        {VERSION, makes_version ? device->sw_version : none},
    };
    write_mac(facts, device->mac);
    facts->values[CCERT] = device->has_ccert ? PROVI_LIT("Installed") : PROVI_LIT("Not Installed");
    facts->values[ISCUST] = device->is_custom ? PROVI_LIT("1") : PROVI_LIT("0");
    facts->values[UPGCOND] = PROVI_LIT("true");
    return copy_texts(facts, texts, PROVI_LEN(texts));
}

prov_status prov_facts_new(prov_facts **out, const struct prov_device *device,
                           const struct prov_param_source *params, const struct prov_vars *host,
                           const struct prov_alloc *alloc, struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    if (!device)
        return provi_fail_invalid(err, "device");
    struct prov_device known;
    prov_status status = provi_abi_in(&known, sizeof known, device, err);
    if (status != PROV_OK)
        return status;
    if (!is_device(&known))
        return provi_fail_invalid(err, "device: text without data");

    struct prov_alloc memory = provi_alloc_or_default(alloc);
    struct prov_facts *facts = provi_alloc_zero(&memory, sizeof *facts);
    if (!facts)
        return provi_fail_nomem(err);
    facts->alloc = memory;
    if (params)
        facts->params = *params;
    if (host)
        facts->host = *host;
    index_names(facts);
    status = copy_device(facts, &known);
    if (status == PROV_OK)
        status = grow_scratch(facts, 0);
    if (status != PROV_OK) {
        prov_facts_free(facts);
        return provi_fail_nomem(err);
    }
    *out = facts;
    return PROV_OK;
}

/* The operation ------------------------------------------------------------------------------- */

/* As in a URL, so that `$SERVIP:$PORT` can be read: an IPv6 address in brackets (RFC 3986). */
static prov_str write_host(char *buf, size_t cap, prov_str host)
{
    bool is_bare = provi_str_find(host, ':') < host.len && host.data[0] != '[';
    if (!is_bare || host.len > cap - sizeof "[]")
        return host;
    snprintf(buf, cap, "[%.*s]", (int)host.len, host.data);
    return prov_str_from(buf);
}

static bool is_operation(const struct prov_operation *op)
{
    return provi_str_is_sound(op->scheme) && provi_str_is_sound(op->server) &&
           provi_str_is_sound(op->server_ip) && provi_str_is_sound(op->path) &&
           provi_str_is_sound(op->err) && provi_str_is_sound(op->upgerr);
}

static void forget_operation(struct prov_facts *facts)
{
    static const enum variable known_late[] = {ERR,    METH,    PATH,    PORT,   PRVST,
                                               PRVTMR, REGTMR1, REGTMR2, SCHEME, SERV,
                                               SERVIP, UPGERR,  UPGST,   UPGTMR};
    for (size_t i = 0; i < PROVI_LEN(known_late); i++)
        facts->values[known_late[i]] = (prov_str){NULL, 0};
}

static void write_numbers(struct prov_facts *facts, const struct prov_operation *op)
{
    prov_str *values = facts->values;
    values[PRVST] = provi_str_from_number(facts->prvst, op->prvst);
    values[PRVTMR] = provi_str_from_number(facts->prvtmr, op->prvtmr_s);
    values[UPGTMR] = provi_str_from_number(facts->upgtmr, op->upgtmr_s);
    for (unsigned i = 0; i < 2; i++)
        values[REGTMR1 + i] = provi_str_from_number(facts->regtmr[i], op->regtmr_s[i]);
    if (op->upgst)
        values[UPGST] = provi_str_from_number(facts->upgst, op->upgst);
    if (op->port)
        values[PORT] = provi_str_from_number(facts->port, op->port);
}

prov_status prov_facts_set_operation(prov_facts *facts, const struct prov_operation *op)
{
    if (!facts)
        return PROV_E_INVALID;
    struct prov_operation known;
    prov_status status = provi_abi_in(&known, sizeof known, op, NULL);
    if (status != PROV_OK)
        return status;
    if (!is_operation(&known))
        return PROV_E_INVALID;
    forget_operation(facts);
    if (!op)
        return PROV_OK;
    write_numbers(facts, &known);
    facts->values[SCHEME] = known.scheme;
    facts->values[METH] = known.scheme;
    facts->values[SERV] = write_host(facts->server, sizeof facts->server, known.server);
    facts->values[SERVIP] = write_host(facts->server_ip, sizeof facts->server_ip, known.server_ip);
    facts->values[PATH] = known.path;
    facts->values[ERR] = known.err;
    facts->values[UPGERR] = known.upgerr;
    return PROV_OK;
}

struct prov_vars prov_facts_vars(prov_facts *facts)
{
    return (struct prov_vars){.find = facts ? find_fact : NULL, .ctx = facts};
}

void prov_facts_free(prov_facts *facts)
{
    if (!facts)
        return;
    struct prov_alloc alloc = facts->alloc;
    provi_facts_rest(facts);
    provi_free(&alloc, facts->texts, facts->texts_len);
    provi_free(&alloc, facts, sizeof *facts);
}
