/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "digest_client.h"

#include <stdio.h>
#include <string.h>

#include "decode/hash.h"
#include "dials.h"

/* The value of a parameter within quotes, without quoted pairs. */
static prov_str quoted(const char *challenge, const char *name)
{
    const char *at = strstr(challenge, name);
    if (!at)
        test_die("no %s in the challenge %s", name, challenge);
    at += strlen(name);
    return (prov_str){at, strcspn(at, "\"")};
}

void digest_answer(const struct digest_client *client, const char *challenge,
                   char out[DIGEST_ANSWER_CAP])
{
    bool is_md5 = strstr(challenge, "algorithm=MD5");
    enum provi_hash_kind kind = is_md5 ? PROVI_HASH_MD5 : PROVI_HASH_SHA256;
    struct provi_hash_text a1, a2, response;
    prov_str nonce = quoted(challenge, "nonce=\""), realm = quoted(challenge, "realm=\"");
    const prov_str a1_texts[] = {prov_str_from(client->uid), realm, prov_str_from(client->pwd)};
    const prov_str a2_texts[] = {prov_str_from(client->method), prov_str_from(client->uri)};
    provi_hash_joined(kind, a1_texts, 3, &a1, NULL);
    provi_hash_joined(kind, a2_texts, 2, &a2, NULL);
    const prov_str with_qop[] = {{a1.data, a1.len},         nonce,
                                 prov_str_from(client->nc), prov_str_from("cafe"),
                                 prov_str_from("auth"),     {a2.data, a2.len}};
    const prov_str without[] = {{a1.data, a1.len}, nonce, {a2.data, a2.len}};
    provi_hash_joined(kind, client->nc ? with_qop : without, client->nc ? 6 : 3, &response, NULL);
    int len = snprintf(out, DIGEST_ANSWER_CAP,
                       "Digest username=\"%s\", realm=\"%.*s\", nonce=\"%.*s\", uri=\"%s\", "
                       "algorithm=%s, response=\"%.*s\"%s%s",
                       client->uid, (int)realm.len, realm.data, (int)nonce.len, nonce.data,
                       client->uri, is_md5 ? "MD5" : "SHA-256", (int)response.len, response.data,
                       client->nc ? ", qop=auth, cnonce=\"cafe\", nc=" : "",
                       client->nc ? client->nc : "");
    if (len < 0 || len >= DIGEST_ANSWER_CAP)
        test_die("the answer is too long");
}
