/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "realistic.h"

#include <provision/catalogue.h>
#include <provision/decode.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "tamper.h"

enum { MAX_NAME = 64, MAX_ELEMENT = 512, N_LINES = 16 };

static const char *const subjects[] = {
    "SIP",           "Proxy",           "Outbound_Proxy", "Extended_Function", "Call_Pickup",
    "Message",       "Mailbox",         "Share_Line",     "Feature_Key_Sync",  "XSI",
    "Voice_Quality", "Speed_Dial",      "Broadsoft",      "Conference_Bridge", "Hold_Reminder",
    "NAT_Mapping",   "Preferred_Codec", "DTMF",           "Caller_ID",         "Auto_Answer",
};

static const char *const aspects[] = {
    "Enable", "Server",  "Port",      "Timeout", "Expires",   "Transport", "URL",
    "Type",   "User_ID", "Extension", "Notify",  "Threshold", "Display",   "Policy",
};

static const char *const values[] = {
    "Yes",
    "No",
    "5060",
    "",
    "sip7.example.com",
    "3600",
    "No",
    "fnc=blf+sd;sub=4711@$PROXY;nme=Hall &amp; Lobby",
    "Yes",
    "(*xx|[3469]11|0|00|[2-9]xxxxxx|&lt;:1&gt;xxxxxxxx.)",
    "600",
    "https://config.example.com/$MA.xml",
    "0",
    "G711u",
    "1",
    "4",
};

/* Names */

struct names {
    char text[REALISTIC_NAMES][MAX_NAME];
    const struct prov_param_info *info[REALISTIC_NAMES]; /* NULL: a vendor's own */
    size_t n;
};

static void add_name(struct names *names, const struct prov_param_info *info, const char *stem,
                     int stem_len, unsigned line)
{
    if (names->n == REALISTIC_NAMES)
        return;
    char *text = names->text[names->n];
    if (line)
        snprintf(text, MAX_NAME, "%.*s%u_", stem_len, stem, line);
    else
        snprintf(text, MAX_NAME, "%.*s", stem_len, stem);
    names->info[names->n++] = info;
}

static void add_catalogue(struct names *names)
{
    const struct prov_param_info *info;
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++) {
        int len = (int)strlen(info->name);
        if (info->flags & PROV_PARAM_FLAG_READ_ONLY || info->synonym_of)
            continue;
        if (!(info->flags & PROV_PARAM_FLAG_PER_LINE))
            add_name(names, info, info->name, len, 0);
        for (unsigned line = 1; info->flags & PROV_PARAM_FLAG_PER_LINE && line <= N_LINES; line++)
            add_name(names, info, info->name, len - (int)strlen("n_"), line);
    }
}

static void add_vendor(struct names *names)
{
    char stem[MAX_NAME];
    for (size_t a = 0; a < PROVI_LEN(aspects); a++)
        for (size_t s = 0; s < PROVI_LEN(subjects); s++) {
            int len = snprintf(stem, sizeof stem, "%s_%s_", subjects[s], aspects[a]);
            for (unsigned line = 1; line <= N_LINES; line++)
                add_name(names, NULL, stem, len, line);
        }
}

/* Text */

/* The profile is applied several times, so it does not turn provisioning off. */
static bool is_fixed(const struct prov_param_info *info)
{
    return strcmp(info->name, "Provision_Enable") == 0;
}

static const char *value_of(const struct prov_param_info *info, uint64_t *random)
{
    const char *usual = values[tamper_random(random) % PROVI_LEN(values)];
    if (info && is_fixed(info))
        return prov_catalogue_default(info, NULL);
    if (info && prov_catalogue_check(info, prov_str_from(usual), NULL) != PROV_OK)
        return prov_catalogue_default(info, NULL);
    return usual;
}

static size_t write_element(char *to, const char *name, const char *value, uint64_t *random)
{
    static const char *const access[] = {"", " ua=\"na\"", "", " ua=\"rw\""};
    uint64_t draw = tamper_random(random);
    size_t len = 0;
    if (draw % 40 == 0)
        len = (size_t)sprintf(to, "<!-- section %u -->\n", (unsigned)(draw >> 32) % 100);
    return len +
           (size_t)sprintf(to + len, "<%s%s>%s</%s>\n", name, access[draw >> 16 & 3], value, name);
}

void realistic_init(struct realistic *profile, size_t n_bytes)
{
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n";
    static const char tail[] = "</flat-profile>\n";
    struct names *names = calloc(1, sizeof *names);
    char *text = malloc(n_bytes + MAX_ELEMENT);
    if (!names || !text)
        test_die("realistic: no memory");
    add_catalogue(names);
    add_vendor(names);

    uint64_t random = 4785;
    size_t len = (size_t)sprintf(text, "%s", head);
    profile->n_params = 0;
    for (; len + sizeof tail < n_bytes; profile->n_params++) {
        size_t i = profile->n_params % names->n;
        len +=
            write_element(text + len, names->text[i], value_of(names->info[i], &random), &random);
    }
    profile->text = text;
    profile->len = len + (size_t)sprintf(text + len, "%s", tail);
    free(names);
}

void realistic_free(struct realistic *profile)
{
    free(profile->text);
    *profile = (struct realistic){0};
}

void realistic_pack(const struct realistic *profile, struct capture *packed)
{
    const struct prov_encode_options opt = {
        .size = sizeof opt,
        .key = prov_str_from(REALISTIC_KEY),
        .salt = prov_str_from("8 bytes!"),
        .encodings = PROV_ENCODING_GZIP | PROV_ENCODING_AES_CBC,
    };
    prov_encoder *encoder;
    capture_init(packed, NULL);
    if (prov_encoder_new(&encoder, &opt, packed->sink, NULL) != PROV_OK ||
        prov_encoder_write(encoder, profile->text, profile->len, NULL) != PROV_OK ||
        prov_encoder_finish(encoder, NULL) != PROV_OK)
        test_die("realistic: cannot be packed");
    prov_encoder_free(encoder);
}
