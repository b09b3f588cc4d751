/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** @file A client that answers challenges of Digest authentication. */
#ifndef TEST_SUPPORT_DIGEST_CLIENT_H
#define TEST_SUPPORT_DIGEST_CLIENT_H

#include <provision/digest.h>

enum { DIGEST_ANSWER_CAP = 1536 };

struct digest_client {
    const char *method;
    const char *uri;
    const char *uid;
    const char *pwd;
    const char *nc; /**< eight hexadecimal digits; NULL: without qop */
};

/** Write the value of `Authorization` that answers a challenge of prov_digest_challenge(). */
void digest_answer(const struct digest_client *client, const char *challenge,
                   char out[DIGEST_ANSWER_CAP]);

#endif
