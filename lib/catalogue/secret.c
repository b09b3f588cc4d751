/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "catalogue/secret.h"

#include "base/array.h"
#include "base/str.h"
#include "catalogue/catalogue_priv.h"

/* Three letters in lower case as one number. */
#define THREE(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

/* A further condition on a word. */
enum rule {
    ALWAYS,
    UNLESS_ABOUT,     /* not if the name has a word of `about` */
    NO_SOFT_KEY,      /* `PSK_1` to `PSK_16` are programmable soft keys */
    AS_LAST_WORD,     /* `Caller_1_PIN_2_`, but not `PIN_Max_Retry` */
    OF_KIND,          /* only after a word of `kinds`: `wepKey`, but not `Programmable_Key` */
    BEHIND_THE_SECRET /* `Password_Length`, but not `Enable_Password` */
};

/* A word is compared only where three of its letters occur. */
struct word {
    uint32_t letters;
    uint8_t back; /* letters before the three */
    uint8_t rule;
    char text[12];
};

/* The three letters begin with one of `pkc`, which are rare in names. The catalogue's own registers
 * and keys are included, since a rule may contain them in a longer, misspelt name. */
static const struct word secrets[] = {
    {THREE('p', 'p', '_' | 0x20), 1, ALWAYS, "gpp_sa"},
    {THREE('p', 'p', '_' | 0x20), 1, ALWAYS, "gpp_sb"},
    {THREE('p', 'p', '_' | 0x20), 1, ALWAYS, "gpp_sc"},
    {THREE('p', 'p', '_' | 0x20), 1, ALWAYS, "gpp_sd"},
    {THREE('k', 'm', '_' | 0x20), 1, ALWAYS, "ikm_"},
    {THREE('p', 'a', 's'), 0, UNLESS_ABOUT, "passw"},
    {THREE('p', 'a', 's'), 0, UNLESS_ABOUT, "passcode"},
    {THREE('p', 'a', 's'), 0, UNLESS_ABOUT, "passphrase"},
    {THREE('p', 'a', 's'), 0, AS_LAST_WORD, "pass"},
    {THREE('p', 'i', 'n'), 0, AS_LAST_WORD, "pin"},
    {THREE('p', 'w', 'd'), 0, UNLESS_ABOUT, "pwd"},
    {THREE('p', 's', 'k'), 0, NO_SOFT_KEY, "psk"},
    {THREE('k', 'e', 'y'), 0, OF_KIND, "key"},
    {THREE('k', 'e', 'n'), 2, UNLESS_ABOUT, "token"},
    {THREE('c', 'r', 'e'), 0, UNLESS_ABOUT, "credential"},
    {THREE('c', 'r', 'e'), 2, UNLESS_ABOUT, "secret"},
    {THREE('c', 'o', 'd'), 0, OF_KIND, "code"},
};

/* Kinds of keys and codes, by their last three letters. */
static const struct word kinds[] = {
    {THREE('w', 'e', 'p'), 0, 0, "wep"},        {THREE('w', 'p', 'a'), 0, 0, "wpa"},
    {THREE('p', 'i', 'n'), 0, 0, "pin"},        {THREE('i', 'f', 'i'), 1, 0, "wifi"},
    {THREE('-', 'f', 'i'), 2, 0, "wi-fi"},      {THREE('u', 't', 'h'), 1, 0, "auth"},
    {THREE('a', 't', 'e'), 4, 0, "private"},    {THREE('i', 'l', 'e'), 4, 0, "profile"},
    {THREE('y', 'n', 'c'), 3, 0, "resync"},     {THREE('y', 'p', 't'), 4, 0, "encrypt"},
    {THREE('i', 'o', 'n'), 7, 0, "encryption"}, {THREE('i', 'o', 'n'), 7, 0, "activation"},
};

/* Words for properties of a secret: `Password_Warnings`, `Prompt_For_Credentials`. */
static const struct word about[] = {
    {THREE('p', 'r', 'o'), 0, ALWAYS, "prompt"},
    {THREE('w', 'a', 'r'), 0, BEHIND_THE_SECRET, "warning"},
    {THREE('t', 'i', 'm'), 0, BEHIND_THE_SECRET, "timeout"},
    {THREE('r', 'e', 't'), 0, BEHIND_THE_SECRET, "retr"},
    {THREE('l', 'e', 'n'), 0, BEHIND_THE_SECRET, "length"},
    {THREE('e', 'x', 'p'), 0, BEHIND_THE_SECRET, "expir"},
    {THREE('e', 'n', 'a'), 0, BEHIND_THE_SECRET, "enable"},
    {THREE('t', 'y', 'p'), 0, BEHIND_THE_SECRET, "type"},
};

/* The three letters at an offset; 0 near the end. Setting the case bit turns no other character
 * into a letter. */
static inline uint32_t letters_at(prov_str name, size_t at)
{
    if (at > name.len || name.len - at < 3)
        return 0;
    const unsigned char *c = (const unsigned char *)name.data + at;
    return THREE(c[0], c[1], c[2]) | THREE(0x20, 0x20, 0x20);
}

/* Whether a word occurs whose three letters, at @p at, are @p letters. */
static inline bool is_word(const struct word *word, prov_str name, size_t at, uint32_t letters)
{
    if (word->letters != letters || at < word->back)
        return false;
    prov_str rest = provi_str_from_offset(name, at - word->back);
    prov_str text = prov_str_from(word->text);
    return rest.len >= text.len && provi_str_eq_nocase((prov_str){rest.data, text.len}, text);
}

static bool is_separator(prov_str name, size_t at)
{
    return at < name.len && (name.data[at] == '_' || name.data[at] == '-');
}

/* The offset after digits and, if @p with_separators, separators. */
static size_t skip_number(prov_str name, size_t at, bool with_separators)
{
    while (at < name.len &&
           (provi_is_digit(name.data[at]) || (with_separators && is_separator(name, at))))
        at++;
    return at;
}

/* Whether a word begins here. A capital after a small letter begins one too: `wepKey`. */
static bool is_word_start(prov_str name, size_t at)
{
    char before = at ? name.data[at - 1] : '_';
    bool is_hump = before >= 'a' && before <= 'z' && name.data[at] < 'a';
    return is_hump || !provi_is_alpha(before);
}

static bool has_kind_before(prov_str name, size_t at)
{
    at -= at > 0 && is_separator(name, at - 1);
    if (at < 3)
        return false;
    uint32_t letters = letters_at(name, at - 3);
    for (size_t i = 0; i < PROVI_LEN(kinds); i++)
        if (is_word(&kinds[i], name, at - 3, letters))
            return true;
    return false;
}

static bool is_about_secret(prov_str name, size_t secret)
{
    for (size_t at = 0; at < name.len; at++) {
        uint32_t letters = is_word_start(name, at) ? letters_at(name, at) : 0;
        for (size_t i = 0; letters && i < PROVI_LEN(about); i++)
            if ((at > secret || about[i].rule == ALWAYS) && is_word(&about[i], name, at, letters))
                return true;
    }
    return false;
}

static bool fits_rule(const struct word *word, prov_str name, size_t at)
{
    size_t end = at - word->back + strlen(word->text);
    switch (word->rule) {
    case AS_LAST_WORD: return is_word_start(name, at) && skip_number(name, end, true) == name.len;
    case NO_SOFT_KEY:
        return at > 0 || !is_separator(name, end) || end + 1 == name.len ||
               skip_number(name, end + 1, false) < name.len;
    case OF_KIND: {
        prov_str rest = provi_str_from_offset(name, end + is_separator(name, end));
        bool is_id = rest.len >= 2 && /* `wepKeyId` is the number of a key */
                     provi_str_eq_nocase((prov_str){rest.data, 2}, PROVI_LIT("id"));
        return has_kind_before(name, at) && !is_id;
    }
    case UNLESS_ABOUT: return !is_about_secret(name, at);
    default: return true;
    }
}

/* The library's entries are marked; a host's entry may lack the mark. */
bool provi_catalogue_is_secret(const struct prov_param_info *info, prov_str name)
{
    bool is_marked = info && info->flags & PROV_PARAM_FLAG_SECRET;
    bool is_row = info >= provi_catalogue_rows && /* NULL is less */
                  info < provi_catalogue_rows + provi_catalogue_n_rows;
    if (is_marked || is_row)
        return is_marked;
    /* Search once for all words; most names contain none. */
    const uint32_t anchors = 1u << ('p' & 31) | 1u << ('k' & 31) | 1u << ('c' & 31);
    for (size_t at = 0; at < name.len; at++) {
        if (!(anchors >> (name.data[at] & 31) & 1))
            continue;
        uint32_t letters = letters_at(name, at);
        for (size_t i = 0; i < PROVI_LEN(secrets); i++)
            if (is_word(&secrets[i], name, at, letters) && fits_rule(&secrets[i], name, at))
                return true;
    }
    return false;
}

bool prov_catalogue_is_secret(const struct prov_catalogue *catalogue, prov_str name)
{
    if (!name.data)
        return false;
    return provi_catalogue_is_secret(prov_catalogue_find_in(catalogue, name, NULL), name);
}
