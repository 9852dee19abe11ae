"""What a WSGI server loads."""

import gc
import threading

from sqlalchemy.exc import SQLAlchemyError

from portal import create_app, paper
from portal.editing import freshness_commands
from portal.offers.context import catalogue
from portal.search.setup import start_working

app = create_app()

with app.app_context():
    try:
        # Before the first visitor comes; where the database is not there yet, the first visitor builds it.
        catalogue()
    except SQLAlchemyError:
        app.logger.warning("The database cannot be read yet.")

# What is loaded now stays for ever: the garbage collector need not look at it with every request.
gc.collect()
gc.freeze()

start_working(app)
freshness_commands.start_working(app)
# So that the first plan need not wait until the library for paper is there.
threading.Thread(target=paper.is_possible, name="paper", daemon=True).start()
