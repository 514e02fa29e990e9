"""What exports call the same thing in English, German, French and Spanish: terms of the field and their words."""

import re
import unicodedata
from functools import cache, lru_cache

from pipelines.door.profile import Column

TERMS: dict[str, str] = {
    # records
    "record_id": "record id | id | datensatz-id | kennung | identifiant | id d'enregistrement"
    " | id de la fiche | id de l'objet | id de registro | id. de registro | id de objeto | identificador",
    "contact_id": "contact id | kontakt-id | id du contact | id de contact | identifiant du contact"
    " | id de contacto | id del contacto",
    "associated_contact_ids": "associated contact ids | zugehörige kontakt-ids | zugeordnete kontakt-ids"
    " | ids des contacts associés | ids de contactos asociados",
    "deal_id": "deal id | deal-id | id de la transaction | id del negocio | id de negocio",
    "deal_name": "deal name | deal-name | dealname | nom de la transaction | nombre del negocio",
    "ticket_id": "ticket id | ticket-id | ticketnummer | id du ticket | numéro du ticket | numéro de ticket"
    " | identifiant du ticket | id del ticket | id de ticket | número de ticket",
    "order_id": "order id | bestell-id | auftrags-id | id de commande | id de la commande"
    " | identifiant de commande | id de pedido | id del pedido",
    "order_name": "order number | order no | bestellnummer | bestellnr | auftragsnummer | numéro de commande"
    " | n° de commande | número de pedido | número del pedido | n.º de pedido",
    "response_id": "response id | antwort-id | id de réponse | id de la réponse | id de respuesta | id de la respuesta",
    "merged_ids": "merged record ids | ids der zusammengeführten datensätze | ids de registros fusionados",
    # people
    "customer_id": "customer id | customer number | kunden-id | kundennummer | id client | numéro client"
    " | numéro de client | id de cliente | id del cliente | número de cliente",
    "email": "email | e-mail | email address | e-mail-adresse | mailadresse | adresse e-mail | courriel"
    " | adresse électronique | correo | correo electrónico | dirección de correo electrónico",
    "additional_emails": "additional email addresses | weitere e-mail-adressen | zusätzliche e-mail-adressen"
    " | adresses e-mail supplémentaires | direcciones de correo electrónico adicionales",
    "phone": "phone | phone number | telephone | telefon | telefonnummer | téléphone | numéro de téléphone"
    " | teléfono | número de teléfono",
    "mobile_phone": "mobile | mobile phone | mobile phone number | handy | handynummer | mobiltelefon | mobilnummer"
    " | mobiltelefonnummer | portable | téléphone mobile | téléphone portable | numéro de téléphone mobile | móvil"
    " | celular | teléfono móvil | número de teléfono móvil",
    "first_name": "first name | given name | vorname | prénom | nombre | nombre de pila",
    "last_name": "last name | surname | family name | nachname | familienname | nom | nom de famille"
    " | apellido | apellidos",
    "full_name": "full name | customer name | vollständiger name | kundenname | nom complet | nom du client"
    " | nombre completo | nombre del cliente",
    "company_name": "company name | firmenname | nom de l'entreprise | nombre de la empresa",
    "street": "street | street address | strasse | straße | rue | adresse postale | calle",
    "postal_code": "postal code | zip | zip code | postleitzahl | plz | code postal | código postal",
    "city": "city | town | ort | stadt | ville | ciudad",
    "country": "country | country/region | land | land/region | pays | pays/région | país | país/región",
    "region": "region | région | región",
    "language": "language | preferred language | sprache | bevorzugte sprache | langue | langue préférée"
    " | idioma | idioma preferido",
    "segment": "segment | customer group | customer segment | kundengruppe | kundensegment | groupe de clients"
    " | segment client | segmento | grupo de clientes",
    "lifecycle_stage": "lifecycle stage | lifecycle-phase | phase du cycle de vie | etapa del ciclo de vida",
    "is_unsubscribed": "unsubscribed from all email | von allen e-mails abgemeldet | désabonné de tous les e-mails"
    " | cancelada la suscripción a todos los correos electrónicos",
    # times
    "created_at": "create date | created | created at | created on | created date | created time | creation date"
    " | erstellt | erstellt am | erstellungsdatum | angelegt am | anlagedatum | créé le | créé à | créée le"
    " | date de création | creado | creado el | creado en | fecha de creación",
    "modified_at": "last modified date | last modified | last changed | modified at | updated | updated at"
    " | update date | last updated | geändert | geändert am | zuletzt geändert | zuletzt geändert am"
    " | datum der letzten änderung | letzte änderung | aktualisiert am | modifié le | dernière modification"
    " | date de dernière modification | date de la dernière modification | mis à jour | mis à jour le"
    " | mis à jour à | modificado el | última modificación | fecha de modificación"
    " | fecha de última modificación | fecha de la última modificación | actualizado el | actualizado",
    "closed_at": "close date | closed at | closed date | closed time | abschlussdatum | geschlossen am | fermé le"
    " | date de fermeture | date de clôture | cerrado el | fecha de cierre",
    "solved_at": "solved at | resolved at | resolved time | gelöst am | résolu le | résolu à | resuelto el",
    "cancelled_at": "cancelled at | canceled at | storniert am | annulé le | annulée le | cancelado el",
    "asked_at": "start date | startdatum | date de début | fecha de inicio",
    "answered_at": "submission date | response date | answered at | recorded date | antwortdatum | beantwortet am"
    " | eingereicht am | date de réponse | répondu le | date de soumission | fecha de respuesta | respondido el"
    " | fecha de envío",
    # money
    "amount": "amount | betrag | summe | montant | importe | monto",
    "total_amount": "total | total amount | order total | gesamt | gesamtbetrag | gesamtsumme | montant total"
    " | total de la commande | importe total | total del pedido",
    "refunded_amount": "refunded amount | erstatteter betrag | rückerstatteter betrag | montant remboursé"
    " | importe reembolsado",
    "discount_amount": "discount amount | discount | rabatt | rabattbetrag | remise | montant de la remise"
    " | descuento | importe del descuento",
    "currency": "currency | currency code | währung | devise | monnaie | moneda | divisa",
    "financial_status": "financial status | payment status | zahlungsstatus | finanzstatus | statut financier"
    " | statut du paiement | estado financiero | estado del pago | estado de pago",
    # contacts with us
    "status": "status | state | ticket status | ticketstatus | zustand | statut | statut du ticket | état | estado"
    " | estado del ticket",
    "stage": "stage | deal stage | deal-phase | phase de la transaction | étape | etapa | etapa del negocio",
    "is_won": "is closed won | is won | gewonnen | gagné | ganado",
    "channel": "channel | source | via | kanal | quelle | ticketquelle | canal | origine | origen | fuente",
    "subject": "subject | ticket name | betreff | ticketname | ticket-name | objet | sujet | nom du ticket | asunto"
    " | nombre del ticket",
    "description": "description | beschreibung | descripción",
    "topic": "topic | category | reason | thema | kategorie | grund | catégorie | motif | thème | tema | categoría"
    " | motivo",
    "agent_key": "agent | assignee | owner | ticket owner | bearbeiter | zuständig | zuständiger mitarbeiter"
    " | ticketinhaber | assigné | responsable | propriétaire du ticket | agente | agente asignado"
    " | propietario del ticket",
    "requester_id": "requester id | anfragesteller-id | id des anfragestellers | id du demandeur"
    " | identifiant du demandeur | id del solicitante",
    "requester_email": "requester email | e-mail des anfragestellers | e-mail du demandeur"
    " | adresse e-mail du demandeur | correo electrónico del solicitante",
    "requester_name": "requester | anfragesteller | demandeur | solicitante",
    "reopened_count": "reopens | wiedereröffnungen | réouvertures | reaperturas",
    "is_merged": "tags | stichwörter | marqueurs | mots clés | etiquetas",
    # surveys
    "survey_type": "survey type | umfragetyp | art der umfrage | type d'enquête | type de sondage | tipo de encuesta",
    "rating": "rating | score | bewertung | punktzahl | note | évaluation | calificación | valoración | puntuación",
    "satisfaction": "satisfaction score | zufriedenheit | zufriedenheitsbewertung | score de satisfaction"
    " | note de satisfaction | satisfaction | satisfacción | puntuación de satisfacción",
    "comment": "comment | response | kommentar | commentaire | comentario",
}
"""Column or term -> its words; what a vendor calls a column joins it to the terms that hold that label."""

EVERYDAY = frozenset(
    {
        *(
            "customer_id",
            "email",
            "phone",
            "mobile_phone",
            "first_name",
            "last_name",
            "full_name",
            "company_name",
        ),
        *("street", "postal_code", "city", "country", "region", "language", "segment"),
        *("created_at", "modified_at", "closed_at", "asked_at", "amount", "total_amount", "discount_amount"),
        *("currency", "status", "channel", "subject", "description", "topic", "agent_key", "is_merged"),
        *("rating", "comment"),
    }
)
"""Terms that any list has: they tell of no vendor."""


def plain(label: str) -> str:
    """A label without case, accents and marks, and without what stands in brackets behind it.

    Empty where a letter has no plain one: no language of ours has such words.
    """
    bare = re.sub(r"\s*[(\[][^)\]]*[)\]]\s*$", "", label)
    decomposed = unicodedata.normalize("NFKD", bare.casefold())
    kept = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    if any(letter.isalnum() and not letter.isascii() for letter in kept):
        return ""
    return " ".join(re.findall(r"[a-z0-9]+", kept))


@cache
def _terms_by_word() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for term, words in TERMS.items():
        for word in (term.replace("_", " "), *words.split(" | ")):
            found.setdefault(plain(word), set()).add(term)
    return {word: frozenset(terms) for word, terms in found.items() if word}


@lru_cache(maxsize=65_536)
def terms_of(label: str) -> frozenset[str]:
    """The terms that a label may mean; none where no language has it."""
    return _terms_by_word().get(plain(label), frozenset())


def tells_of_a_vendor(label: str) -> bool:
    """Whether a label is one that lists at large do not have: more than a word, and none of every day."""
    return " " in plain(label) and terms_of(label).isdisjoint(EVERYDAY)


def terms_of_column(column: Column) -> frozenset[str]:
    """The terms that a vendor's column is: its own name, or those that hold one of its labels."""
    own = frozenset({column.name} & TERMS.keys())
    return own.union(*map(terms_of, column.labels))
