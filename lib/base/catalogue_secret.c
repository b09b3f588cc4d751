/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/catalogue.h>

#include "base/array.h"
#include "base/str.h"

/* `Auth_Pass_1_`, but not `FAX_Passthru_Codec_1_`. */
static bool has_word(prov_str name, prov_str word)
{
    for (size_t i = 0; i + word.len <= name.len; i++) {
        size_t end = i + word.len;
        bool is_end = end == name.len || !provi_is_alpha(name.data[end]);
        if (is_end && provi_str_eq_nocase((prov_str){name.data + i, word.len}, word))
            return true;
    }
    return false;
}

/* The keys are here too: in a rule they may stand as part of a longer, misspelt name. */
static bool sounds_secret(prov_str name)
{
    static const char *const parts[] = {
        "gpp_sa",          "gpp_sb",     "gpp_sc",      "gpp_sd",         "passw",
        "passcode",        "pwd",        "psk",         "passphrase",     "token",
        "secret",          "wep_key",    "private_key", "wpa_key",        "credential",
        "activation_code", "pin_code",   "pincode",     "wifi_key",       "auth_key",
        "profile_key",     "resync_key", "encrypt_key", "encryption_key",
    };
    static const char *const words[] = {"_pass", "_pin"};
    for (size_t i = 0; i < PROVI_LEN(words); i++)
        if (has_word(name, prov_str_from(words[i])))
            return true;
    for (size_t i = 0; i < PROVI_LEN(parts); i++)
        if (provi_str_has_nocase(name, prov_str_from(parts[i])))
            return true;
    return false;
}

bool prov_catalogue_is_secret(const struct prov_catalogue *catalogue, prov_str name)
{
    if (!name.data)
        return false;
    const struct prov_param_info *info = prov_catalogue_find_in(catalogue, name, NULL);
    return (info && info->flags & PROV_PARAM_SECRET) || sounds_secret(name);
}
