"""What a WSGI server loads."""

import gc

from sqlalchemy.exc import SQLAlchemyError

from portal import create_app
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
