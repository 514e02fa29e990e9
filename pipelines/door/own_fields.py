"""What a company's own fields may be, whoever the vendor is: the columns that `[mapping.<source>]` points them to."""

from pipelines.door.profile import Column

CUSTOMER_ID = Column("customer_id", (), token="customer_id")
IDENTIFIERS = (CUSTOMER_ID, Column("ga4_client_id", (), token="ga4_client_id"))

SEGMENT = Column("segment", ())
REGION = Column("region", ())
LANGUAGE = Column("language", ())
COMPANY = (REGION, SEGMENT)
CUSTOMER = (
    *IDENTIFIERS,
    SEGMENT,
    REGION,
    LANGUAGE,
    Column("has_care_consent", (), kind="boolean"),
    Column("gentle_until_on", (), kind="date"),
)

WAVE = Column("wave", ())
COMMENT = Column("comment", (), personal=True)
RESPONSE = (*IDENTIFIERS, WAVE, Column("channel", ()), LANGUAGE, COMMENT)

TOPIC = Column("topic", ())
HUMAN_REQUESTED = Column("human_requested_at", (), kind="timestamp")
FIRST_HUMAN = Column("first_human_at", (), kind="timestamp")
ABANDONED = Column("abandoned_at", (), kind="timestamp")
DIRECTION = Column("direction", (), values={"proactive": "proactive", "reactive": "reactive"})
CASE = (TOPIC, HUMAN_REQUESTED, FIRST_HUMAN, ABANDONED, DIRECTION)
