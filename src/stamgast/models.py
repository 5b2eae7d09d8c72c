"""All tables, for Django to find: each lives in the room it belongs to."""

from stamgast.campaigns.models import *  # noqa: F403
from stamgast.customers.models import *  # noqa: F403
from stamgast.events.models import *  # noqa: F403
from stamgast.importers.models import *  # noqa: F403
from stamgast.loyalty.models import *  # noqa: F403
from stamgast.mail.models import *  # noqa: F403
from stamgast.measurement.models import *  # noqa: F403
from stamgast.plans.models import *  # noqa: F403
from stamgast.sales.models import *  # noqa: F403
from stamgast.scoring.models import *  # noqa: F403
from stamgast.signals.models import *  # noqa: F403
from stamgast.staff.models import *  # noqa: F403
from stamgast.strategy.models import *  # noqa: F403
