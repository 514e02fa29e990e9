"""The sample company's careful.toml."""

import json

from sample_data.clock import AS_OF, ZONE
from sample_data.survey import QUESTION_IDS
from sample_data.vendors.zendesk import FIELDS
from sample_data.web import AUDIENCES, PROPERTY_ID

MARGIN_SHARE = 0.45
"""Of the list price, what is left to the sample company."""
HUBSPOT_LABELS = {
    "Customer number": "customer_id",
    "Customer group": "segment",
    "Region": "region",
    "Preferred language": "language",
    "GA4 client id": "ga4_client_id",
    "Care consent": "has_care_consent",
    "Gentle until": "gentle_until_on",
    "Birthday": "birthday_on",
    "Preferred name": "preferred_name",
    "Wishes": "wishes",
    "Referrals": "referrals",
}


def settings_text(customers: int, seed: int, months: int, has_website: bool) -> str:
    """careful.toml for a world of that size: the best tenth are its top customers."""
    website = website_text(customers, seed, months) if has_website else ""
    hubspot = "\n".join(f'"{label}" = "{name}"' for label, name in HUBSPOT_LABELS.items())
    zendesk = "\n".join(f'{number} = "{name}"' for number, name in FIELDS.items())
    items = "\n".join(f'{question} = "{item}"' for item, question in QUESTION_IDS.items())
    return f"""# The sample company. Written by generate.py; nobody in it exists.
[company]
name = "Sample company"
time_zone = "{ZONE}"
currency = "EUR"
region = "CH"
sample = true
as_of = "{AS_OF:%Y-%m-%dT%H:%M:%SZ}"

[care]
top_customers = {max(round(customers / 10), 1)}
care_gap_days = 90
minimum_n = 10
margin_share = {MARGIN_SHARE}

[care.promise_seconds]
chat = 120
phone = 120
email = 14400
web = 14400

[schedule]
run = "15 6 * * *"

[sources.hubspot]
time_zone = "{ZONE}"
full_export = []
every_days = 7

[sources.salesforce]
full_export = ["account", "contact", "case", "opportunity"]
every_days = 7

[sources.zendesk]
every_days = 7

[sources.qualtrics]
time_zone = "{ZONE}"
every_days = 7

[sources.shopify]
every_days = 7
{website}
[mapping.hubspot]
{hubspot}

[mapping.salesforce]
GA_Client_Id__c = "ga4_client_id"
Customer_Number__c = "customer_id"
Region__c = "region"

[mapping.zendesk]
{zendesk}

[mapping.qualtrics]
{items}
QID9_TEXT = "comment"
customer_id = "customer_id"
"""


def website_text(customers: int, seed: int, months: int) -> str:
    """What careful.toml says of the website.

    The port of its Google Analytics is 0: the server is started, from the facts under [sample], when it is asked.
    """
    return f"""
[sources.ga4]
properties = ["{PROPERTY_ID}"]
transport = "rest"
api_endpoint = "http://127.0.0.1:0"
user_id_is = "customer_id"
audiences = {json.dumps(list(AUDIENCES))}
every_days = 7

[sample]
seed = {seed}
customers = {customers}
months = {months}
"""
