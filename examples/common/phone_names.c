/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/phone_names.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

/* From profiles of CP-88xx, SPA5xx, SPA1xx and ATA19x. A number represents all numbers: `PSK_1` is
 * also PSK_16. */
static const char *const known[] = {
    /* System and network */
    "Enable_Protocol Enable_Direct_Action_Url Session_Max_Timeout Session_Idle_Timeout",
    "Phone-UI-readonly Connection_Type Static_IP NetMask Gateway Enable_802.1X_Authentication",
    "Host_Name HostName Domain DNS_Server_Order DNS_Query_Mode DNS_Caching_Enable IP_Mode",
    "Switch_Port_Config PC_Port_Config PC_PORT_Enable PC_Port_Mirror Primary_NTP_Server",
    "Secondary_NTP_Server Enable_SSLv3 Enable_VLAN VLAN_ID PC_Port_VLAN_ID Enable_CDP",
    "Enable_LLDP-MED Network_Startup_Delay Asset_ID Use_SSLv3 Wi-Fi_Type Wi-Fi-Type",
    "Phone-wifi-on Network_Name_1_ Security_Mode_1_ Wi-Fi_User_ID_1_ Wi-Fi_Password_1_",
    "Wi-Fi_Order_1_ Frequency_Band_1_ DHCP_Option_66 Web_Server_Language",
    "Protect_IVR_FactoryReset Enable_Bonjour PPPoE_Login_Name PPPoE_Login_Password",
    "PPPoE_Service_Name VPN_Server VPN_User_Name VPN_Password VPN_Tunnel_Group",
    "Connect_on_Bootup Display_Password_Warnings User_Password_Prompt",
    "Webserver_TLS_Cipher_List Telnet_Enable SSH_Access SSH_User_ID SSH_Password",
    "Signaling_Protocol Debug_Option",
    /* SIP */
    "Max_Forward Max_Redirection Max_Auth SIP_User_Agent_Name SIP_Server_Name",
    "SIP_Reg_User_Agent_Name SIP_Accept_Language DTMF_Relay_MIME_Type Hook_Flash_MIME_Type",
    "Remove_Last_Reg Use_Compact_Header Escape_Display_Name Talk_Package Hold_Package",
    "Conference_Package Notify_Conference RFC_2543_Call_Hold Random_REG_CID_on_Reboot",
    "Mark_All_AVT_Packets SIP_TCP_Port_Min SIP_TCP_Port_Max CTI_Enable Caller_ID_Header",
    "SRTP_Method Hold_Target_Before_Refer Dialog_SDP_Enable Keep_Referee_When_Refer_Failed",
    "Display_Diversion_Info Display_Anonymous_From_Header Sip_Accept_Encoding",
    "Disable_Local_Name_To_Header SIP_IP_Preference SIP-B_Enable RFC_3311_Support",
    "Allow_Unsecured_Call SIP_T1 SIP_Timer_B SIP_Timer_F SIP_Timer_H SIP_Timer_D SIP_Timer_J",
    "INVITE_Expires ReINVITE_Expires Reg_Min_Expires Reg_Max_Expires Reg_Retry_Intvl",
    "Reg_Retry_Long_Intvl Reg_Retry_Random_Delay Reg_Retry_Long_Random_Delay",
    "Reg_Retry_Intvl_Cap Sub_Min_Expires Sub_Max_Expires Sub_Retry_Intvl SIT1_RSC",
    "Try_Backup_RSC Retry_Reg_RSC RTP_Port_Min RTP_Port_Max RTP_Packet_Size Max_RTP_ICMP_Err",
    "RTCP_Tx_Interval No_UDP_Checksum Symmetric_RTP Stats_In_BYE Call_Statistics",
    "RTP-Start-Loopback_Dynamic_Payload RTP-Start-Loopback_Codec RTP_Before_ACK",
    "SSRC_Reset_on_RE-INVITE RX_ROC_Reset_on_Re-Key NSE_Dynamic_Payload",
    "INFOREQ_Dynamic_Payload EncapRTP_Dynamic_Payload G726r16_Dynamic_Payload",
    "G722.2_Dynamic_Payload G729b_Dynamic_Payload iLBC_Dynamic_Payload iSAC_Dynamic_Payload",
    "OPUS_Dynamic_Payload AVT_Dynamic_Payload AVT_16kHz_Dynamic_Payload NSE_Codec_Name",
    "G711u_Codec_Name G711a_Codec_Name G726r16_Codec_Name G729b_Codec_Name G722_Codec_Name",
    "G722.2_Codec_Name iLBC_Codec_Name iSAC_Codec_Name OPUS_Codec_Name AVT_Codec_Name",
    "EncapRTP_Codec_Name Handle_VIA_received Handle_VIA_rport Insert_VIA_received",
    "Insert_VIA_rport Substitute_VIA_Addr Send_Resp_To_Src_Port STUN_Enable STUN_Test_Enable",
    "STUN_Server TURN_Server EXT_IP EXT_RTP_Port_Min NAT_Keep_Alive_Intvl Redirect_Keep_Alive",
    "Linksys_Key_System Multicast_Address Key_System_Auto_Discovery Key_System_IP_Address",
    "Force_LAN_Codec",
    /* Tones, timers and codes */
    "Dial_Tone Second_Dial_Tone Outside_Dial_Tone Prompt_Tone Busy_Tone Reorder_Tone",
    "Off_Hook_Warning_Tone Ring_Back_Tone Call_Waiting_Tone Confirm_Tone SIT1_Tone",
    "MWI_Dial_Tone Cfwd_Dial_Tone Holding_Tone Conference_Tone Secure_Call_Indication_Tone",
    "VoIP_PIN_Tone PSTN_PIN_Tone Feature_Invocation_Tone Page_Tone Alert_Tone Mute_Tone",
    "Unmute_Tone System_Beep Call_Pickup_Tone Cadence_1 Ring1_Cadence CWT1_Cadence Ring1_Name",
    "CWT_Frequency Ring_Waveform Ring_Frequency Ring_Voltage Synchronized_Ring Reorder_Delay",
    "Interdigit_Long_Timer Interdigit_Short_Timer Call_Back_Expires Call_Back_Retry_Intvl",
    "Call_Back_Delay Hook_Flash_Timer_Min Hook_Flash_Timer_Max Callee_On_Hook_Delay",
    "VMWI_Refresh_Intvl CPC_Delay CPC_Duration Hold_Reminder_Timer Hold_Reminder_Ring",
    "Call_Return_Code Call_Redial_Code Blind_Transfer_Code Call_Back_Act_Code",
    "Call_Back_Deact_Code Call_Back_Busy_Act_Code Cfwd_All_Act_Code Cfwd_All_Deact_Code",
    "Cfwd_Busy_Act_Code Cfwd_Busy_Deact_Code Cfwd_No_Ans_Act_Code Cfwd_No_Ans_Deact_Code",
    "Cfwd_Last_Act_Code Cfwd_Last_Deact_Code Block_Last_Act_Code Block_Last_Deact_Code",
    "Accept_Last_Act_Code Accept_Last_Deact_Code CW_Act_Code CW_Deact_Code",
    "CW_Per_Call_Act_Code CW_Per_Call_Deact_Code Block_CID_Act_Code Block_CID_Deact_Code",
    "Block_CID_Per_Call_Act_Code Block_CID_Per_Call_Deact_Code Block_ANC_Act_Code",
    "Block_ANC_Deact_Code DND_Act_Code DND_Deact_Code CID_Act_Code CID_Deact_Code",
    "CWCID_Act_Code CWCID_Deact_Code Dist_Ring_Act_Code Dist_Ring_Deact_Code",
    "Speed_Dial_Act_Code Paging_Code Secure_All_Call_Act_Code Secure_No_Call_Act_Code",
    "Secure_One_Call_Act_Code Secure_One_Call_Deact_Code Conference_Act_Code",
    "Attn-Xfer_Act_Code Modem_Line_Toggle_Code FAX_Line_Toggle_Code Media_Loopback_Code",
    "Call_Park_Code Call_Pickup_Code Call_UnPark_Code Group_Call_Pickup_Code",
    "Referral_Services_Codes Feature_Dial_Services_Codes Service_Annc_Base_Number",
    "Service_Annc_Extension_Codes Prefer_G711u_Code Force_G711u_Code Prefer_G711a_Code",
    "Force_G711a_Code Prefer_G722_Code Force_G722_Code Prefer_G722.2_Code Force_G722.2_Code",
    "Prefer_G726r16_Code Force_G726r16_Code Prefer_iLBC_Code Force_iLBC_Code Prefer_ISAC_Code",
    "Force_ISAC_Code Prefer_OPUS_Code Force_OPUS_Code",
    /* Time, language, miscellaneous */
    "Set_Local_Date__mm_dd__ Set_Local_Date__mm_dd_yyyy_ Set_Local_Time__HH_mm_ Time_Zone",
    "Time_Offset__HH_mm_ Ignore_DHCP_Time_Offset Daylight_Saving_Time_Rule",
    "Daylight_Saving_Time_Enable Dictionary_Server_Script Language_Selection",
    "Default_Character_Encoding Locale Time_Format Date_Format FXS_Port_Impedance",
    "FXS_Port_Input_Gain FXS_Port_Output_Gain DTMF_Playback_Level DTMF_Playback_Length",
    "Detect_ABCD Playback_ABCD Caller_ID_Method Caller_ID_FSK_Standard",
    "Feature_Invocation_Method More_Echo_Suppression DTMF_Playback_Twist DTMF_Twist",
    /* The phone */
    "Station_Name Station_Display_Name Voice_Mail_Number Text_Logo Select_Background_Picture",
    "BMP_Picture_Download_URL Picture_Download_URL Phone_Background Logo_URL Select_Logo",
    "Screen_Saver_Enable Screen_Saver_Wait Screen_Saver_Icon Screen_Saver_Type",
    "Back_Light_Enable Back_Light_Timer__sec_ Backlight_Timer LCD_Contrast Bluetooth_Mode",
    "Enable_BT Line Extension_1_ Short_Name_1_ Share_Call_Appearance_1_ Extended_Function_1_",
    "Line_ID_Mapping SCA_Barge-In-Enable SCA_Barge_In_Enable SCA_Sticky_Auto_Line_Seize",
    "Call_Appearances_Per_Line LED_Idle_Color Remote_Undefined_LED Conference_Serv",
    "Attn_Transfer_Serv Blind_Transfer_Serv DND_Serv Block_ANC_Serv Call_Back_Serv",
    "Block_CID_Serv Secure_Call_Serv Cfwd_All_Serv Cfwd_Busy_Serv Cfwd_No_Ans_Serv",
    "Paging_Serv Call_Park_Serv Call_Pick_Up_Serv ACD_Login_Serv Group_Call_Pick_Up_Serv",
    "ACD_Ext Service_Annc_Serv Web_Serv SMS_Serv Ring1 User_Ring1 Silent_Ring_Duration",
    "Ring_Tone_Server Auto_Input_Gain__dB_ Handset_Input_Gain Headset_Input_Gain",
    "Speakerphone_Input_Gain Acoustic_Echo_Canceller Ringer_Volume Speaker_Volume",
    "Handset_Volume Headset_Volume Electronic_HookSwitch_Control EM_Enable EM_User_Domain",
    "EM_Phone_User_ID EM_Phone_Password EM_Mobile_User_ID EM_Mobile_Password",
    "Inactivity_Timer_m_ Countdown_Timer_s_ Session_Timer_m_ Preferred_Password_Input_Mode",
    "Directory_Enable XSI_Host_Server Directory_Name Directory_Type Directory_User_ID",
    "Directory_Password Login_User_ID Login_Password SIP_Auth_ID SIP_Password CallLog_Enable",
    "XMPP_Enable XMPP_Server XMPP_Port XMPP_User_ID XMPP_Password XML_Directory_Service_Name",
    "XML_Directory_Service_URL XML_Application_Service_Name XML_Application_Service_URL",
    "XML_User_Name XML_Password CISCO_XML_EXE_Enable CISCO_XML_EXE_Auth_Mode",
    "Group_Paging_Script LDAP_Dir_Enable LDAP_Corp_Dir_Name LDAP_Server LDAP_Server_Name",
    "LDAP_Search_Base LDAP_Client_DN LDAP_Username LDAP_Password LDAP_Auth_Method",
    "LDAP_StartTLS_Enable LDAP_Last_Name_Filter LDAP_First_Name_Filter LDAP_Search_Item_3",
    "LDAP_Item_3_Filter LDAP_Display_Attrs LDAP_Number_Mapping LDAP_SearchTime",
    "LDAP_Prompt_For_Empty_Credentials Programmable_Softkey_Enable Idle_Key_List",
    "Missed_Call_Key_List Off_Hook_Key_List Dialing_Input_Key_List Progressing_Key_List",
    "Connected_Key_List Connected_Video_Key_List Start-Xfer_Key_List Start-Conf_Key_List",
    "Conferencing_Key_List Releasing_Key_List Hold_Key_List Ringing_Key_List",
    "Shared_Active_Key_List Shared_Held_Key_List PSK_1 Use_Line_Keys_For_BLF_List",
    "BLF_List_URI BLF_List Attendant_Console_Call_Pickup_Code",
    "Attendant_Console_Call_Park_Code Subscribe_Expires Subscribe_Retry_Interval",
    "Unit_1_Enable Subscribe_Delay Server_Type Unit_1_Key_1 Unit_1_Button_1 Unit_1_Key_Name_1",
    "Unit_1_PSK_1 Bxfer_To_Speed_Dial_Enable Bxfer_On_Speed_Dial_Enable Number_of_Units",
    /* User */
    "CFWD_Setting Cfwd_All_Dest Cfwd_Busy_Dest Cfwd_No_Ans_Dest Cfwd_No_Ans_Delay",
    "Speed_Dial_1 Speed_Dial_1_Name Speed_Dial_1_Number CW_Setting Block_CID_Setting",
    "Block_ANC_Setting DND_Setting Dial_Assistance Auto_Answer_Page Preferred_Audio_Device",
    "Send_Audio_To_Speaker Handsfree_Hold_Reminder Alert_Tone_Off Log_Missed_Calls_for_EXT_1",
    "Secure_Call_Setting Miss_Call_Shortcut Handset_LED_Alert Accept_Media_Loopback_Request",
    "Media_Loopback_Mode Text_Message Text_Message_From_3rd_Party Call_Waiting_Setting",
    "Shared_Line_DND_Cfwd_Enable",
    /* Lines */
    "Line_Enable_1_ Share_Ext_1_ Shared_User_ID_1_ Subscription_Expires_1_ Restrict_MWI_1_",
    "Monitor_User_ID_1_ NAT_Mapping_Enable_1_ NAT_Keep_Alive_Enable_1_ NAT_Keep_Alive_Msg_1_",
    "NAT_Keep_Alive_Dest_1_ SIP_TOS_DiffServ_Value_1_ SIP_CoS_Value_1_",
    "RTP_TOS_DiffServ_Value_1_ RTP_CoS_Value_1_ Network_Jitter_Level_1_",
    "Jitter_Buffer_Adjustment_1_ SIP_Transport_1_ SIP_Port_1_ SIP_100REL_Enable_1_",
    "Precondition_Support_1_ EXT_SIP_Port_1_ SIP_Proxy-Require_1_ SIP_Remote-Party-ID_1_",
    "Referor_Bye_Delay_1_ Refer-To_Target_Contact_1_ Referee_Bye_Delay_1_",
    "Refer_Target_Bye_Delay_1_ SIP_Debug_Option_1_ Sticky_183_1_ Auth_INVITE_1_",
    "Ntfy_Refer_On_1xx-To-Inv_1_ Set_G729_annexb_1_ Set_iLBC_mode_1_ User_Equal_Phone_1_",
    "Reply_182_On_Call_Waiting_1_ Use_Anonymous_With_RPID_1_ Use_Local_Addr_In_FROM_1_",
    "RTP_Log_Intvl_1_ Restrict_Source_IP_1_ Blind_Attn-Xfer_Enable_1_ MOH_Server_1_",
    "Message_Waiting_1_ Auth_Page_1_ Default_Ring_1_ Auth_Page_Realm_1_",
    "Conference_Bridge_URL_1_ Auth_Page_Password_1_ Conference_Bridge_Ports_1_ Mailbox_ID_1_",
    "Voice_Mail_Server_1_ Voice_Mail_Subscribe_Interval_1_ Voice_Mail_Enable_1_",
    "State_Agent_1_ CFWD_Notify_Serv_1_ CFWD_Notifier_1_ Broadsoft_ACD_1_",
    "Auto_Ans_Page_On_Active_Call_1_ Feature_Key_Sync_1_ Call_Park_Monitor_Enable_1_",
    "Enable_Broadsoft_Hoteling_1_ Hoteling_Subscription_Expires_1_ Secure_Call_Option_1_",
    "Proxy_1_ Outbound_Proxy_1_ Use_Outbound_Proxy_1_ Alternate_Proxy_1_",
    "Alternate_Outbound_Proxy_1_ Use_OB_Proxy_In_Dialog_1_ Register_1_",
    "Make_Call_Without_Reg_1_ Register_Expires_1_ Ans_Call_Without_Reg_1_ Use_DNS_SRV_1_",
    "DNS_SRV_Auto_Prefix_1_ Proxy_Fallback_Intvl_1_ Proxy_Redundancy_Method_1_",
    "Dual_Registration_1_ Auto_Register_When_Failover_1_ Auth_ID_1_ Use_Auth_ID_1_",
    "Reversed_Auth_Realm_1_ SIP_URI_1_ Mini_Certificate_1_ SRTP_Private_Key_1_",
    "Resident_Online_Number_1_ Preferred_Codec_1_ Use_Pref_Codec_Only_1_",
    "Second_Preferred_Codec_1_ Third_Preferred_Codec_1_ G729a_Enable_1_ G722_Enable_1_",
    "G722.2_Enable_1_ G726-16_Enable_1_ iLBC_Enable_1_ iSAC_Enable_1_ OPUS_Enable_1_",
    "Silence_Supp_Enable_1_ Silence_Threshold_1_ Echo_Canc_Enable_1_",
    "Echo_Canc_Adapt_Enable_1_ Echo_Supp_Enable_1_ DTMF_Tx_Method_1_ DTMF_Tx_Mode_1_",
    "DTMF_Tx_Strict_Hold_Off_Time_1_ DTMF_Tx_Volume_1_ DTMF_AVT_Packet_Interval_1_",
    "DTMF_Process_INFO_1_ DTMF_Process_AVT_1_ Codec_Negotiation_1_ Encryption_Method_1_",
    "Use_Remote_Pref_Codec_1_ Release_Unused_Codec_1_ Dial_Plan_1_ Caller_ID_Map_1_",
    "Enable_IP_Dialing_1_ Enable_URI_Dialing_1_ Emergency_Number_1_ Hook_Flash_Tx_Method_1_",
    "FAX_V21_Detect_Enable_1_ FAX_CED_Detect_Enable_1_ FAX_CNG_Detect_Enable_1_",
    "FAX_Passthru_Codec_1_ FAX_Passthru_Method_1_ FAX_Codec_Symmetric_1_ FAX_Process_NSE_1_",
    "FAX_Disable_ECAN_1_ FAX_Enable_T38_1_ FAX_T38_Redundancy_1_ FAX_T38_ECM_Enable_1_",
    "FAX_Tone_Detect_Mode_1_ FAX_T38_Return_to_Voice_1_ Modem_Line_1_ Symmetric_RTP_1_",
    "Call_Waiting_Serv_1_ Block_CID_Serv_1_ Block_ANC_Serv_1_ Dist_Ring_Serv_1_",
    "Cfwd_All_Serv_1_ Cfwd_Busy_Serv_1_ Cfwd_No_Ans_Serv_1_ Cfwd_Sel_Serv_1_",
    "Cfwd_Last_Serv_1_ Block_Last_Serv_1_ Accept_Last_Serv_1_ DND_Serv_1_ CID_Serv_1_",
    "CWCID_Serv_1_ Call_Return_Serv_1_ Call_Redial_Serv_1_ Call_Back_Serv_1_",
    "Three_Way_Call_Serv_1_ Three_Way_Conf_Serv_1_ Attn_Transfer_Serv_1_",
    "Unattn_Transfer_Serv_1_ MWI_Serv_1_ VMWI_Serv_1_ Speed_Dial_Serv_1_ Secure_Call_Serv_1_",
    "Referral_Serv_1_ Feature_Dial_Serv_1_ Service_Announcement_Serv_1_ Idle_Polarity_1_",
    "Caller_Conn_Polarity_1_ Callee_Conn_Polarity_1_ SAS_Enable_1_ SAS_DLG_Refresh_Intvl_1_",
    "SAS_Inbound_RTP_Sink_1_ Cfwd_All_Dest_1_ Cfwd_Busy_Dest_1_ Cfwd_No_Ans_Dest_1_",
    "Cfwd_No_Ans_Delay_1_ Speed_Dial_2_1_ CW_Setting_1_ Block_CID_Setting_1_ DND_Setting_1_",
    "Default_CWT_1_ VMWI_Ring_Policy_1_ Ring_On_No_New_VM_1_ PSTN_PIN_Digit_Timeout_1_",
    "PSTN_PIN_Max_Retry_1_ VoIP_PIN_Digit_Timeout_1_ VoIP_PIN_Max_Retry_1_",
    "PSTN_Caller_Auth_Method_1_ PSTN_Caller_8_PIN_1_ VoIP_Caller_1_PIN_1_",
    "VoIP_User_1_Password_1_ wepKey1_1_ wepKey_1_ wepKeyId_1_ pskKey_1_ serverCert_1_",
};

/* The next character in lower case; a number becomes `#`. '\0' at the end. */
static int next_of(const char *text, size_t len, size_t *at)
{
    if (*at == len)
        return '\0';
    unsigned char c = (unsigned char)text[(*at)++];
    if (!isdigit(c))
        return tolower(c);
    while (*at < len && isdigit((unsigned char)text[*at]))
        ++*at;
    return '#';
}

static bool is_alike(const char *a, size_t a_len, prov_str b)
{
    size_t a_at = 0, b_at = 0;
    int c;
    do {
        c = next_of(a, a_len, &a_at);
        if (c != next_of(b.data, b.len, &b_at))
            return false;
    } while (c != '\0');
    return true;
}

/* A profile has thousands of names, so each is found by a hash of its form from next_of(). */
enum { N_SLOTS = 4096 }; /* several times the number of names */

static struct slot {
    const char *name; /* NULL: free */
    size_t len;
} slots[N_SLOTS];

static size_t hash_of(const char *text, size_t len)
{
    uint32_t hash = 0x811c9dc5;
    int c;
    for (size_t at = 0; (c = next_of(text, len, &at)) != '\0';)
        hash = (hash ^ (uint32_t)c) * 0x01000193;
    return (hash ^ hash >> 16) % N_SLOTS;
}

/* The slot of a name, or the free one for it. */
static struct slot *slot_of(prov_str name)
{
    size_t at = hash_of(name.data, name.len);
    while (slots[at].name && !is_alike(slots[at].name, slots[at].len, name))
        at = (at + 1) % N_SLOTS;
    return &slots[at];
}

static void fill_slots(void)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        for (const char *at = known[i]; *at;) {
            size_t len = strcspn(at, " ");
            *slot_of((prov_str){at, len}) = (struct slot){at, len};
            at += len + (at[len] == ' ');
        }
    }
}

bool phone_name_is_known(prov_str name)
{
    static bool is_filled;
    if (!is_filled)
        fill_slots();
    is_filled = true;
    return slot_of(name)->name != NULL;
}

enum { MAX_NEAR = TEXT_DISTANCE_MAX };

static size_t flatten(const char *text, size_t len, char flat[MAX_NEAR])
{
    size_t n = 0;
    int c;
    for (size_t at = 0; n < MAX_NEAR - 1 && (c = next_of(text, len, &at)) != '\0';)
        flat[n++] = (char)c;
    flat[n] = '\0';
    return n;
}

/* Convert a row's name for comparison: `n` of a per-line name becomes a number. */
static size_t flatten_row(const struct prov_param_info *info, char flat[MAX_NEAR])
{
    size_t n = flatten(info->name, strlen(info->name), flat);
    if (info->flags & PROV_PARAM_FLAG_PER_LINE)
        flat[n - 2] = '#';
    return n;
}

enum { MAX_ROWS = 256 }; /* the library's catalogue has fewer */

/* The length of each converted name, 0 after the last: most are too different from a name. */
static uint8_t row_lens[MAX_ROWS];

static void fill_row_lens(void)
{
    char flat[MAX_NEAR];
    const struct prov_param_info *info;
    for (size_t i = 0; i < MAX_ROWS - 1 && (info = prov_catalogue_at(i)); i++)
        row_lens[i] = (uint8_t)flatten_row(info, flat);
}

/* Write `User_ID_3_` for `Usr_ID_3_`. */
static void write_name(const struct prov_param_info *info, prov_str name,
                       char suggestion[PARAMETER_NAME_CAP])
{
    int stem = (int)strlen(info->name) - 2;
    size_t start = name.len - 1;
    while (start > 0 && isdigit((unsigned char)name.data[start - 1]))
        start--;
    if (info->flags & PROV_PARAM_FLAG_PER_LINE && start < name.len - 1)
        snprintf(suggestion, PARAMETER_NAME_CAP, "%.*s%.*s", stem, info->name,
                 (int)(name.len - start), name.data + start);
    else
        snprintf(suggestion, PARAMETER_NAME_CAP, "%s", info->name);
}

/* Suggest a per-line name for one without the number of a line, such as `User_ID`. */
static bool suggest_line(prov_str name, char suggestion[PARAMETER_NAME_CAP])
{
    int len = snprintf(suggestion, PARAMETER_NAME_CAP, "%.*s_1_", (int)name.len, name.data);
    const struct prov_param_info *info = prov_catalogue_find(prov_str_from(suggestion), NULL);
    return len < PARAMETER_NAME_CAP && info && info->flags & PROV_PARAM_FLAG_PER_LINE;
}

bool phone_name_suggest(prov_str name, char suggestion[PARAMETER_NAME_CAP])
{
    enum { SHORTEST = 6, LETTERS_A_SLIP = 5, MOST_SLIPS = 3 };
    char asked[MAX_NEAR], flat[MAX_NEAR];
    size_t len = flatten(name.data, name.len, asked);
    unsigned nearest =
        (unsigned)(len / LETTERS_A_SLIP < MOST_SLIPS ? len / LETTERS_A_SLIP : MOST_SLIPS) + 1;
    const struct prov_param_info *found = NULL;
    if (suggest_line(name, suggestion))
        return true;
    if (!row_lens[0])
        fill_row_lens();
    for (size_t i = 0; len >= SHORTEST && row_lens[i]; i++) {
        size_t row_len = row_lens[i];
        if ((row_len > len ? row_len - len : len - row_len) >= nearest)
            continue;
        const struct prov_param_info *info = prov_catalogue_at(i);
        flatten_row(info, flat);
        unsigned slips = text_distance((prov_str){asked, len}, (prov_str){flat, row_len});
        if (slips >= nearest)
            continue;
        nearest = slips;
        found = info;
    }
    if (found)
        write_name(found, name, suggestion);
    return found && !text_is(name, suggestion);
}

bool phone_name_is_slip(prov_str name, char suggestion[PARAMETER_NAME_CAP])
{
    return !prov_catalogue_find(name, NULL) && !phone_name_is_known(name) &&
           phone_name_suggest(name, suggestion);
}
