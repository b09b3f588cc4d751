/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/advice.h"

#include "common/text.h"

/* The party that must change something: the server, the phone's options, or a CA. */
static const char *advice_for_tls(uint32_t reason)
{
    switch (reason) {
    case PROV_TLS_EXPIRED:
    case PROV_TLS_NOT_YET_VALID: return "set the clock, or have the certificate renewed";
    case PROV_TLS_UNKNOWN_CA:
    case PROV_TLS_NO_ROOTS: return "trust the CA with --ca FILE, or by Custom_CA_Rule";
    case PROV_TLS_SELF_SIGNED:
        return "have it signed by a CA, or trust this certificate itself with --ca FILE";
    case PROV_TLS_MISSING_INTERMEDIATE:
        return "append the intermediate certificate to the server's certificate file";
    case PROV_TLS_WRONG_NAME:
        return "use a name of the certificate in the rule, or get one with the name of the rule";
    case PROV_TLS_WEAK_KEY:
    case PROV_TLS_WEAK_DIGEST:
    case PROV_TLS_REVOKED:
    case PROV_TLS_WRONG_PURPOSE:
    case PROV_TLS_BAD_CERTIFICATE: return "have a new certificate made; docs/tls.md describes it";
    case PROV_TLS_NOT_PINNED: return "find out who changed the server's key";
    case PROV_TLS_HTTP_SPOKEN:
        return "write the port that speaks https, or http:// in the rule if this one speaks that";
    case PROV_TLS_EXPECTED: return "write https:// in the rule";
    case PROV_TLS_VERSION:
    case PROV_TLS_PARAMETERS: return "change the server's TLS settings; docs/tls.md has examples";
    case PROV_TLS_UNKNOWN_NAME: return "check the server's name in the rule";
    case PROV_TLS_CLIENT_REQUIRED: return "give one with --client-cert and --client-key";
    case PROV_TLS_CLIENT_EXPIRED: return "renew the file of --client-cert";
    case PROV_TLS_CLIENT_UNKNOWN_CA:
        return "let the server trust that CA, or send the intermediate one in --client-cert too";
    case PROV_TLS_CLIENT_REFUSED:
    case PROV_TLS_CLIENT_REVOKED: return "check the server's log for the reason";
    case PROV_TLS_CLIENT_UNREADABLE: return "check the file of --client-cert";
    case PROV_TLS_KEY_UNREADABLE:
    case PROV_TLS_KEY_MISMATCH: return "check the file of --client-key";
    default: return "check the server's log; a firewall may interrupt TLS";
    }
}

static const char *advice_for_content(prov_str rule)
{
    if (text_is(rule, "Custom_CA_Rule"))
        return "check the file that the server sends: is it a certificate in PEM?";
    return "check the file that the server sends: is it a flat profile?";
}

/* A proxy has its own login. The account is not used if Profile_Authentication_Type excludes it. */
static const char *advice_for_login(const struct prov_result *failure)
{
    if (failure->error->reason == PROV_AUTH_UNKNOWN_SCHEME)
        return "configure the server or proxy that answered for Basic or Digest";
    const struct prov_error *error = failure->error; /* a response to CONNECT has no code */
    if (failure->code == 407 || (error->origin == PROV_ORIGIN_HTTP && error->native == 407))
        return "set Proxy_Username and Proxy_Password, and Proxy_Server_Requires_Authentication "
               "to Yes";
    return failure->credentials == PROV_CREDENTIALS_NONE
               ? "give [--uid USER --pwd PASSWORD] in the rule, or set Profile_Authentication_Type"
               : "give [--uid USER --pwd PASSWORD] in the rule, or --account; or correct them";
}

const char *advice_for(const struct prov_result *failure)
{
    prov_status status = failure->error ? failure->error->status : PROV_E_INVALID;
    switch (status) {
    case PROV_E_SYNTAX: return "correct the text at the place that the message names";
    case PROV_E_NO_SERVER: return "name a server in the rule, or give one with --dhcp-server";
    case PROV_E_DNS: return "check the spelling of that name, and the name servers of this machine";
    case PROV_E_CONNECT:
        return "check that something runs at that address and port, and that they are right";
    case PROV_E_TIMEOUT: return "check the address, and whether a firewall drops the packets";
    case PROV_E_NETWORK:
        return "check that this port is the right one, and speaks http or https as the rule does; "
               "the log of the other side may have more, and the next retry may go well";
    case PROV_E_TLS: return advice_for_tls(failure->error->reason);
    case PROV_E_AUTH: return advice_for_login(failure);
    case PROV_E_SERVER: return "check the log of the server or proxy that answered";
    case PROV_E_REDIRECT: return "check where the server sends its clients";
    case PROV_E_NOT_FOUND:
        return "check the path in the rule against what the server offers, upper and lower case "
               "too";
    case PROV_E_TRUNCATED:
        return "check that the file on the server is whole, and the Content-Length it announces";
    case PROV_E_CORRUPT: return advice_for_content(failure->rule);
    case PROV_E_KEY: return "compare it with the key, and the options, that encrypted the file";
    case PROV_E_NO_KEY:
        return "name its key, [--key KEY] URL, or set IKM_HTTP_Encrypt_Content for aes128gcm";
    case PROV_E_NOT_ENCRYPTED:
        return "encrypt the file, or remove --key from the rule, or aes128gcm from the "
               "server's Content-Encoding";
    case PROV_E_LIMIT: return "is it the right file? docs/security.md has every limit of the phone";
    case PROV_E_POLICY: return "the device's settings forbid this; --set changes them";
    case PROV_E_UNSUPPORTED: return "change the rule or the file: the phone does not support this";
    case PROV_E_QUARANTINED: return "change a value in the file; as it is, it was rolled back";
    case PROV_E_BUSY: return "try again later, or end the program that has the store open";
    case PROV_E_IO: return "check the store's folder: permissions, and space on the disk";
    default: return NULL;
    }
}
