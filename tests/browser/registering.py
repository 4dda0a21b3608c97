"""What both stories of an admin begin with: an agent is registered in the browser."""

from playwright.sync_api import Page

from tests.browser.person import Person


def register_an_agent(admin: Person) -> Page:
    """The page of the new agent, `winter-repricer`, which Ada answers for."""
    page = admin.open("/agents/")
    page.get_by_role("link", name="Register an agent").click()
    page.get_by_label("Key").fill("winter-repricer")
    page.get_by_label("Name", exact=True).fill("Winter repricer")
    page.get_by_label("Owner").select_option(label="Ada")
    page.get_by_label("What it does").fill("Lowers what stays warm too long.")
    page.get_by_role("button", name="Register the agent").click()
    page.wait_for_url("**/agents/winter-repricer/")
    return page
