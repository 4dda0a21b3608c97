"""The GraphQL documents. Each mutation holds one field: two in one document can half-commit."""

SHOP = """query Shop {
  channels(options: {take: 100}) { items {
    id code token defaultCurrencyCode availableCurrencyCodes pricesIncludeTax
    defaultLanguageCode availableLanguageCodes } }
  stockLocations(options: {take: 100}) { items { id name } }
}"""

COLLECTIONS = """query Collections($skip: Int!) {
  collections(options: {skip: $skip, take: 100, sort: {id: ASC}}) { totalItems items { id slug name parentId } }
}"""

PRODUCTS = """query Products($skip: Int!, $take: Int!) {
  products(options: {skip: $skip, take: $take, sort: {id: ASC}}) {
    totalItems
    items {
      id slug name featuredAsset { preview } collections { id }
      translations { languageCode name description }
      variants { id sku name featuredAsset { preview } stockLevels { stockLocationId stockOnHand stockAllocated } %s }
    }
  }
}"""

PRICES = """query Prices($filter: ProductVariantFilterParameter!, $take: Int!) {
  productVariants(options: {filter: $filter, take: $take}) {
    items { id sku prices { currencyCode price } taxRateApplied { value } }
  }
}"""

LIVE_VARIANTS = """query LiveVariants($filter: ProductVariantFilterParameter!) {
  productVariants(options: {filter: $filter, take: 200}) { items { id sku %s } }
}"""

LIVE_PRODUCTS = """query LiveProducts($filter: ProductFilterParameter!) {
  products(options: {filter: $filter, take: 200}) { items { id slug translations { languageCode name description } } }
}"""

PROMOTION = """id couponCode name enabled startsAt endsAt usageLimit perCustomerUsageLimit
  conditions { code args { name value } } actions { code args { name value } }"""

LIVE_PROMOTIONS = f"""query LivePromotions($codes: [String!]!) {{
  promotions(options: {{filter: {{couponCode: {{in: $codes}}}}, take: 200}}) {{ items {{ {PROMOTION} }} }}
}}"""

PROMOTIONS = f"""query Promotions($skip: Int!, $take: Int!) {{
  promotions(options: {{skip: $skip, take: $take, sort: {{id: ASC}}}}) {{ totalItems items {{ {PROMOTION} }} }}
}}"""

SKUS = """query Skus($filter: ProductVariantFilterParameter!) {
  productVariants(options: {filter: $filter, take: 1000}) { items { id sku } }
}"""

ORDERS = """query Orders($start: DateTime!, $end: DateTime!, $skip: Int!) {
  orders(options: {skip: $skip, take: 100, sort: {orderPlacedAt: ASC, id: ASC},
                   filter: {orderPlacedAt: {between: {start: $start, end: $end}}}}) {
    totalItems
    items {
      code state orderPlacedAt currencyCode
      lines { quantity proratedLinePrice proratedUnitPriceWithTax productVariant { id sku } }
    }
  }
}"""

UPDATE_VARIANT = """mutation UpdateVariant($input: UpdateProductVariantInput!) {
  updateProductVariants(input: [$input]) { id }
}"""

UPDATE_PRODUCT = """mutation UpdateProduct($input: UpdateProductInput!) { updateProduct(input: $input) { id } }"""

CREATE_PROMOTION = """mutation CreatePromotion($input: CreatePromotionInput!) {
  createPromotion(input: $input) { __typename ... on Promotion { id } ... on ErrorResult { errorCode message } }
}"""

UPDATE_PROMOTION = """mutation UpdatePromotion($input: UpdatePromotionInput!) {
  updatePromotion(input: $input) { __typename ... on Promotion { id } ... on ErrorResult { errorCode message } }
}"""

DELETE_PROMOTION = """mutation DeletePromotion($id: ID!) { deletePromotion(id: $id) { result message } }"""
