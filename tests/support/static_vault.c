/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "static_vault.h"

#include <string.h>

/* Made once by `openssl ca`, with the key below: they begin on 20 December 2025. */
static const char *const certificates[STATIC_VAULT_CERTIFICATES] = {
    /* ends: 2 January 2026, noon */
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeTCCAR+gAwIBAgICEAEwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwHhcN\n"
    "MjUxMjIwMDAwMDAwWhcNMjYwMTAyMTIwMDAwWjAaMRgwFgYDVQQDDA9TRVAwMDBF\n"
    "MDgwMTIzNDUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASEJ04hU2Lz57tBCqXl\n"
    "oi9hV0Jlr1XMBmTKiAr1Aqd1LJ3tcnGmkE7u3QTRkLejK0OF0pxh09+LxjhSh+bV\n"
    "FrKlo2IwYDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQW\n"
    "BBSJUcAy65tWu1XTc46hl4mXKwCFQTAfBgNVHSMEGDAWgBTlzAbRN6GdWumk9G3J\n"
    "KZM0zFXpPzAKBggqhkjOPQQDAgNIADBFAiEAh7zyjUHPRw65/PuNYcYzNu4cJJn4\n"
    "06LT5O4wONXydTYCIHA7yQuPTU/ORrF3WsRDHkd+HlFK3mGB8bPzrpSEPnBr\n"
    "-----END CERTIFICATE-----\n",
    /* ends: 3 January, noon */
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeDCCAR+gAwIBAgICEAIwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwHhcN\n"
    "MjUxMjIwMDAwMDAwWhcNMjYwMTAzMTIwMDAwWjAaMRgwFgYDVQQDDA9TRVAwMDBF\n"
    "MDgwMTIzNDUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASEJ04hU2Lz57tBCqXl\n"
    "oi9hV0Jlr1XMBmTKiAr1Aqd1LJ3tcnGmkE7u3QTRkLejK0OF0pxh09+LxjhSh+bV\n"
    "FrKlo2IwYDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQW\n"
    "BBSJUcAy65tWu1XTc46hl4mXKwCFQTAfBgNVHSMEGDAWgBTlzAbRN6GdWumk9G3J\n"
    "KZM0zFXpPzAKBggqhkjOPQQDAgNHADBEAiBv7SKY4CvcP9TLQJjtaQj6aNLhqBv/\n"
    "wyMSfypX1BAYtAIgSfAzvLoFCeop4RdbFUvfAkz4+GeID9XkhKHLxz4T2iM=\n"
    "-----END CERTIFICATE-----\n",
    /* ends: 5 January */
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeDCCAR+gAwIBAgICEAMwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwHhcN\n"
    "MjUxMjIwMDAwMDAwWhcNMjYwMTA1MDAwMDAwWjAaMRgwFgYDVQQDDA9TRVAwMDBF\n"
    "MDgwMTIzNDUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASEJ04hU2Lz57tBCqXl\n"
    "oi9hV0Jlr1XMBmTKiAr1Aqd1LJ3tcnGmkE7u3QTRkLejK0OF0pxh09+LxjhSh+bV\n"
    "FrKlo2IwYDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQW\n"
    "BBSJUcAy65tWu1XTc46hl4mXKwCFQTAfBgNVHSMEGDAWgBTlzAbRN6GdWumk9G3J\n"
    "KZM0zFXpPzAKBggqhkjOPQQDAgNHADBEAiBENPEA9FHR43YynIQTN9fdSs5HlRdc\n"
    "a/2ATymNsTOlIwIgWvAWCz8IRSi9b1xyOr5PPc8slc9PU5HrKPQyKDBW4xc=\n"
    "-----END CERTIFICATE-----\n",
    /* ends: 7 January */
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBejCCAR+gAwIBAgICEAQwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwHhcN\n"
    "MjUxMjIwMDAwMDAwWhcNMjYwMTA3MDAwMDAwWjAaMRgwFgYDVQQDDA9TRVAwMDBF\n"
    "MDgwMTIzNDUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASEJ04hU2Lz57tBCqXl\n"
    "oi9hV0Jlr1XMBmTKiAr1Aqd1LJ3tcnGmkE7u3QTRkLejK0OF0pxh09+LxjhSh+bV\n"
    "FrKlo2IwYDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQW\n"
    "BBSJUcAy65tWu1XTc46hl4mXKwCFQTAfBgNVHSMEGDAWgBTlzAbRN6GdWumk9G3J\n"
    "KZM0zFXpPzAKBggqhkjOPQQDAgNJADBGAiEAqiUq0MNPmwzhKOZuStUJ6HS32jYY\n"
    "DVSwLRRzseKIWpwCIQDj7e/8CbUWj9MzqgpOvQnHTHTttKGLeW4JS7hZumjp8Q==\n"
    "-----END CERTIFICATE-----\n",
    /* ends: 10 January */
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeDCCAR+gAwIBAgICEAUwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwHhcN\n"
    "MjUxMjIwMDAwMDAwWhcNMjYwMTEwMDAwMDAwWjAaMRgwFgYDVQQDDA9TRVAwMDBF\n"
    "MDgwMTIzNDUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASEJ04hU2Lz57tBCqXl\n"
    "oi9hV0Jlr1XMBmTKiAr1Aqd1LJ3tcnGmkE7u3QTRkLejK0OF0pxh09+LxjhSh+bV\n"
    "FrKlo2IwYDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQW\n"
    "BBSJUcAy65tWu1XTc46hl4mXKwCFQTAfBgNVHSMEGDAWgBTlzAbRN6GdWumk9G3J\n"
    "KZM0zFXpPzAKBggqhkjOPQQDAgNHADBEAiAsKuSfPPmVgDjNJ8MYuaVWT/oX0JvP\n"
    "OmqYQqTmZgODKgIgBSSjEcICjOX2x2HfOqsSEgczsyJJGK0f8xOfHNdWvVI=\n"
    "-----END CERTIFICATE-----\n",
    /* ends: 20 January */
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeTCCAR+gAwIBAgICEAYwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwHhcN\n"
    "MjUxMjIwMDAwMDAwWhcNMjYwMTIwMDAwMDAwWjAaMRgwFgYDVQQDDA9TRVAwMDBF\n"
    "MDgwMTIzNDUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASEJ04hU2Lz57tBCqXl\n"
    "oi9hV0Jlr1XMBmTKiAr1Aqd1LJ3tcnGmkE7u3QTRkLejK0OF0pxh09+LxjhSh+bV\n"
    "FrKlo2IwYDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQW\n"
    "BBSJUcAy65tWu1XTc46hl4mXKwCFQTAfBgNVHSMEGDAWgBTlzAbRN6GdWumk9G3J\n"
    "KZM0zFXpPzAKBggqhkjOPQQDAgNIADBFAiEA4LIPFG6QMBfeJaAHRXNcbLPgpFL9\n"
    "V7C9S8uKQIiA0HwCIFQZUinmLzDJEY6yN+ObVAIwtgSzA0WOHgMmjd9my+EO\n"
    "-----END CERTIFICATE-----\n",
    /* ends: 1 April */
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeTCCAR+gAwIBAgICEAcwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwHhcN\n"
    "MjUxMjIwMDAwMDAwWhcNMjYwNDAxMDAwMDAwWjAaMRgwFgYDVQQDDA9TRVAwMDBF\n"
    "MDgwMTIzNDUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASEJ04hU2Lz57tBCqXl\n"
    "oi9hV0Jlr1XMBmTKiAr1Aqd1LJ3tcnGmkE7u3QTRkLejK0OF0pxh09+LxjhSh+bV\n"
    "FrKlo2IwYDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQW\n"
    "BBSJUcAy65tWu1XTc46hl4mXKwCFQTAfBgNVHSMEGDAWgBTlzAbRN6GdWumk9G3J\n"
    "KZM0zFXpPzAKBggqhkjOPQQDAgNIADBFAiABlGmZe+r4wwxFHVjNvIFpiD8KsIns\n"
    "UX3a7tCF+Nw4EwIhAJSB1bTinyHWADUsDQmVYjtXcaGsZx75QQy+pac33B+E\n"
    "-----END CERTIFICATE-----\n",
};

static const char key[] = "-----BEGIN PRIVATE KEY-----\n"
                          "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMYQFOW1l80FBP/xq\n"
                          "rhy1rR4Ec5A0F9d4l/PL+099AsWhRANCAASEJ04hU2Lz57tBCqXloi9hV0Jlr1XM\n"
                          "BmTKiAr1Aqd1LJ3tcnGmkE7u3QTRkLejK0OF0pxh09+LxjhSh+bVFrKl\n"
                          "-----END PRIVATE KEY-----\n";

static const char ca[] = "-----BEGIN CERTIFICATE-----\n"
                         "MIIBRzCB76ADAgECAgIQADAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJDQTAeFw0y\n"
                         "NTAxMDEwMDAwMDBaFw00NTAxMDEwMDAwMDBaMA0xCzAJBgNVBAMMAkNBMFkwEwYH\n"
                         "KoZIzj0CAQYIKoZIzj0DAQcDQgAEY6PgGzOaU6Pt+zEp1NqiNJaX0U9viufIr81L\n"
                         "HqpKLj5Wg/Y7q7/ra/8+kfXroIgQmsj9yM9yU70H14JUyH34YqM/MD0wDwYDVR0T\n"
                         "AQH/BAUwAwEB/zALBgNVHQ8EBAMCAgQwHQYDVR0OBBYEFOXMBtE3oZ1a6aT0bckp\n"
                         "kzTMVek/MAoGCCqGSM49BAMCA0cAMEQCIADMus2Ukru8drh8/kTFIcUhsFacjxJT\n"
                         "K61KASkmoWbAAiBZiw3SLupQ2VCd7G9askT2QVlY9dJMEpTN8IzIgimzqw==\n"
                         "-----END CERTIFICATE-----\n";

const char *static_vault_certificate(size_t i)
{
    return certificates[i];
}

size_t static_vault_next(const struct static_vault *vault, int64_t wall_s)
{
    static const uint8_t half_days[STATIC_VAULT_CERTIFICATES] = {3, 5, 8, 12, 18, 38, 180};
    size_t i = vault->at;
    while (i < STATIC_VAULT_CERTIFICATES - 1) {
        i++;
        if (STATIC_VAULT_BEGIN_S + half_days[i] * INT64_C(43200) > wall_s)
            break;
    }
    return i;
}

prov_status static_vault_present(void *ctx, struct prov_renewal_present *out,
                                 struct prov_error *err)
{
    struct static_vault *vault = ctx;
    (void)err;
    vault->n_presented++;
    vault->certificate.cert_pem = prov_str_from(certificates[vault->at]);
    out->certificate = &vault->certificate;
    out->ca_pem = prov_str_from(ca);
    return PROV_OK;
}

prov_status static_vault_install(void *ctx, prov_str chain_pem, struct prov_error *err)
{
    struct static_vault *vault = ctx;
    (void)err;
    for (size_t i = vault->at + 1; i < STATIC_VAULT_CERTIFICATES; i++)
        if (chain_pem.len == strlen(certificates[i]) &&
            memcmp(chain_pem.data, certificates[i], chain_pem.len) == 0) {
            vault->at = i;
            vault->n_installed++;
            return PROV_OK;
        }
    test_die("a certificate that does not end later is installed");
}

void static_vault_plug_in(struct static_vault *vault, struct device *d)
{
    *vault = (struct static_vault){
        .certificate = {.size = sizeof vault->certificate, .key_pem = prov_str_from(key)}};
    d->renewal = (struct prov_renewal_host){.size = sizeof d->renewal,
                                            .ctx = vault,
                                            .present = static_vault_present,
                                            .install = static_vault_install};
}
